# SPDX-License-Identifier: Apache-2.0
"""Models: vocabularies as data."""

from __future__ import annotations

import hashlib
import html
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, Union

from bytepiece_cpp import _core

if TYPE_CHECKING:
    from bytepiece_cpp.tokenizer import Tokenizer

ModelFormat = Literal["bytepiece", "reference", "compiled"]
Path = Union[str, "os.PathLike[str]"]


class Model(_core.Model):
    """A vocabulary, and where it comes from. What train returns; a Tokenizer uses it.

    >>> model.vocab_size, model.normalization, model.scores
    (266, 'nfc', 'whole')
    >>> model.provenance["corpus_documents"]
    2
    """

    def __init__(self, model: _core.Model | bytes) -> None:
        """From another model, or the bytes of a file of any format."""
        super().__init__(model)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Reads a model file of any format. FileNotFoundError or ValueError names the path."""
        return cls(_core.Model.read(os.fspath(path)))

    @classmethod
    def from_pieces(cls, pieces: Iterable[tuple[bytes, int]], special_tokens: Iterable[str] = (),
                    normalization: Literal["nfc", "none"] = "nfc") -> Model:
        """A model of (bytes, count) pairs, which must hold all 256 single bytes; ids are 3, 4, ..."""
        return cls(_core.Model.of_pieces(pieces, special_tokens, normalization == "nfc"))

    def save(self, path: Path, format: ModelFormat = "bytepiece") -> None:
        """Writes the model to a file, which appears when it is complete.

        format: "bytepiece" holds everything; "reference" is the JSON of the Python bytepiece, with
            room for neither special tokens nor whole scores; "compiled" is mapped into memory when
            it is loaded.
        """
        self.write(os.fspath(path), format)

    def tokenizer(self) -> Tokenizer:
        """A tokenizer of this model."""
        from bytepiece_cpp.tokenizer import Tokenizer

        return Tokenizer.from_model(self)

    @property
    def special_tokens(self) -> list[str]:
        """The special tokens, less those that are only reserved."""
        return [text for text, reserved in self.special_token_list() if not reserved]

    @property
    def provenance(self) -> dict[str, Any] | None:
        """What the model was trained with and on, or None for an imported one.

        A dict: vocab_size asked for, corpus_documents, corpus_bytes (normalised), mixture (weights
        as numerator, denominator, bytes), options (of train, by name).
        """
        return self.provenance_dict

    def with_scores(self, scores: Literal["whole", "log"]) -> Model:
        """The same model, scored in whole numbers or by logarithms."""
        copy = Model(self)
        copy.set_scores(scores)
        return copy

    def with_special_token(self, text: str) -> Model:
        """The same model with one special token more, in the place of a reserved one or at the end."""
        copy = Model(self)
        copy.add_special_token(text)
        return copy

    def digest(self) -> str:
        """SHA-256 of to_bytes(), in hexadecimal: equal models have equal digests."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _core.Model) and self.equals(other)

    def __hash__(self) -> int:
        return hash(self.digest())

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<Model: {self.vocab_size} ids, {self.normalization}, {self.scores} scores>"

    def _repr_html_(self) -> str:
        rows = [("ids", f"{self.vocab_size}"), ("normalization", self.normalization),
                ("scores", self.scores)]
        if self.special_tokens:
            rows.append(("special tokens", " ".join(self.special_tokens)))
        if self.provenance is not None:
            rows.append(("trained on", f"{self.provenance['corpus_documents']} documents, "
                                       f"{self.provenance['corpus_bytes']} bytes"))
            rows += [(name, str(value)) for name, value in self.provenance["options"].items()]
        cells = "".join(f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
                        f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
                        for name, value in rows)
        return f"<table><caption>BytePiece model</caption>{cells}</table>"
