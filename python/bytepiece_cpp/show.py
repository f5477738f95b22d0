# SPDX-License-Identifier: Apache-2.0
"""Texts and vocabularies as a notebook shows them: pieces in colour."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bytepiece_cpp.tokenizer import Tokenizer

# Of equal lightness, so that black text is read on each.
_COLOURS = ("#cfe8ff", "#ffe1b8", "#d3f5d0", "#f6d2ea", "#e6dcff", "#f9f0a8")


def piece_text(piece: bytes) -> str:
    r"""A piece as people read it: spaces as they are, \n and the like, \xHH for broken bytes."""
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return "".join(f"\\x{byte:02x}" for byte in piece)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode()
                   for char in text)


def coloured(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """HTML of ids, each piece in a colour other than its neighbours'; its id shows on hovering."""
    spans = []
    for place, id in enumerate(ids):
        text = html.escape(piece_text(tokenizer.id_to_bytes(id)))
        colour = _COLOURS[place % len(_COLOURS)]
        spans.append(f"<span title='{id}' style='background:{colour};color:black'>{text}</span>")
    return f"<span style='font-family:monospace;white-space:pre-wrap'>{'<wbr>'.join(spans)}</span>"


class ShownText:
    """A text cut into pieces, as Tokenizer.show gives it: to be looked at."""

    def __init__(self, tokenizer: Tokenizer, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.pieces = [tokenizer.id_to_bytes(id) for id in self.ids]
        self._html = coloured(tokenizer, self.ids)

    def __repr__(self) -> str:
        return "|".join(piece_text(piece) for piece in self.pieces)

    def _repr_html_(self) -> str:
        return f"{self._html}<br><small>{len(self.ids)} tokens</small>"
