# SPDX-License-Identifier: Apache-2.0
"""The classes of the Python bytepiece, under the same names and with the same arguments.

    from bytepiece_cpp.reference import Tokenizer, Trainer     # in place of: from bytepiece import

Vocabularies and ids are the same. What differs: `workers` are threads; batch_size is not needed;
random segmentations have the same probabilities, but come from another generator.
"""

from __future__ import annotations

import json
import os
import random
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Union

from bytepiece_cpp.models import Model
from bytepiece_cpp.tokenizer import Tokenizer as _Tokenizer
from bytepiece_cpp.training import train as _train

__all__ = ["Tokenizer", "Trainer", "convert_to_bytepiece"]

_CONTROL = ("<pad>", "<bos>", "<eos>")
Token = Union[bytes, str]
"""A piece; or the name of a control token."""


class Trainer:
    """Learns a vocabulary as the reference does, of "exact" the same one.

    Sizes include the three control tokens. A list of sizes gives models nested in each other.
    """

    def __init__(self, order: int = 6, max_vocab_size: int | list[int] = 10000,
                 max_piece_length: int = 36, min_count: int = 2, isolate_digits: bool = False,
                 ensure_unicode: bool = True) -> None:
        self.order = order
        self.max_vocab_size = (sorted(max_vocab_size, reverse=True)
                               if isinstance(max_vocab_size, list) else [max_vocab_size])
        self.max_piece_length = max_piece_length
        self.min_count = min_count
        self.isolate_digits = isolate_digits
        self.ensure_unicode = ensure_unicode
        self.pieces: list[dict[bytes, int]] = []
        self._models: list[Model] = []

    def train(self, texts: Iterable[str], workers: int = 1, batch_size: int = 1000) -> None:
        """Learns from texts, which are gone through twice; an iterator is copied to disk."""
        self._models = _train(
            texts, method="exact", scores="log", order=self.order,
            vocab_size=self.max_vocab_size, max_piece_length=self.max_piece_length,
            min_count=self.min_count, isolate_digits=self.isolate_digits,
            ensure_unicode=self.ensure_unicode, threads=workers)
        self.pieces = [dict(model.pieces()) for model in self._models]

    def save(self, path: str) -> None:
        """Writes the model to `path`; of several, each to `path`.SIZE."""
        if not self._models:
            raise ValueError("there is nothing to save; call train first")
        several = len(self._models) > 1
        for model, size in zip(self._models, self.max_vocab_size):
            model.save(f"{path}.{size}" if several else path, "reference")


class Tokenizer:
    """The reference's tokenizer.

    pieces: the path of a model, or what the JSON in it holds. seed: of random segmentations.
    """

    def __init__(self, pieces: str | os.PathLike[str] | Mapping[str, Sequence[Any]],
                 seed: int | None = None) -> None:
        if isinstance(pieces, Mapping):
            self._tokenizer = _Tokenizer.from_reference_json(json.dumps(dict(pieces)))
        else:
            self._tokenizer = _Tokenizer(pieces)
        self.vocab_size = self._tokenizer.vocab_size
        self._piece_ids = {self._tokenizer.id_to_bytes(id): id
                           for id in range(3, 3 + self._tokenizer.num_pieces)}
        self._drawn = 0
        self._seed = random.getrandbits(63)
        self.set_seed(seed)

    def set_seed(self, seed: int | None) -> None:
        """Random segmentations start again from this seed; None goes on."""
        if seed is not None:
            self._seed = seed % (1 << 64)
            self._drawn = 0

    def _ids(self, text: str, alpha: float) -> list[int]:
        if alpha < 0:
            return self._tokenizer.encode(text)
        ids = self._tokenizer.sample(text, alpha=alpha, seed=self._seed, document=self._drawn,
                                     method="viterbi")
        self._drawn += 1
        return [int(id) for id in ids]

    def tokenize(self, text: str, alpha: float = -1, iter: bool = False
                 ) -> list[bytes] | Iterator[bytes]:
        """The pieces of a text; with alpha >= 0, of a random segmentation."""
        pieces = map(self._tokenizer.id_to_bytes, self._ids(text, alpha))
        return pieces if iter else list(pieces)

    def encode(self, text: str, add_bos: bool = False, add_eos: bool = False, alpha: float = -1,
               iter: bool = False) -> list[int] | Iterator[int]:
        """The ids of a text."""
        ids = chain([1] * add_bos, self._ids(text, alpha), [2] * add_eos)
        return ids if iter else list(ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; bytes that are no UTF-8 are left out."""
        return self._tokenizer.decode(ids, errors="ignore")

    def piece_to_id(self, p: Token) -> int:
        """The id of a piece, or of the name of a control token; KeyError if there is none."""
        if isinstance(p, str):
            if p not in _CONTROL:
                raise KeyError(p)
            return _CONTROL.index(p)
        return self._piece_ids[p]

    def id_to_piece(self, i: int) -> Token:
        """The piece of an id, or the name of a control token; KeyError if there is none."""
        if 0 <= i < len(_CONTROL):
            return _CONTROL[i]
        if not 0 <= i < self.vocab_size:
            raise KeyError(i)
        return self._tokenizer.id_to_bytes(int(i))

    def pieces_to_ids(self, pieces: Iterable[Token]) -> list[int]:
        """The ids of pieces."""
        return [self.piece_to_id(piece) for piece in pieces]

    def ids_to_pieces(self, ids: Iterable[int]) -> list[Token]:
        """The pieces of ids."""
        return [self.id_to_piece(id) for id in ids]

    def convert_to_sentencepiece(self, path: str) -> None:
        """Writes a model file of SentencePiece (Tokenizer.export_sentencepiece)."""
        self._tokenizer.export_sentencepiece(path)


def convert_to_bytepiece(pieces: Mapping[Token, int], path: str) -> None:
    """Writes a model of pieces and their counts; single bytes that are missing count once.

    Unlike the reference's, it keeps every piece, also one that others make needless.
    """
    counts = {piece if isinstance(piece, bytes) else piece.encode(): count
              for piece, count in pieces.items()}
    for byte in range(256):
        counts.setdefault(bytes([byte]), 1)
    ordered = sorted(counts.items(), key=lambda item: (len(item[0]), item[0]))
    Model.from_pieces(ordered).save(path, "reference")


def dump(pieces: Mapping[bytes, int]) -> dict[str, list[Any]]:
    """The content of a model file of these pieces, which must hold all single bytes."""
    ordered = sorted(pieces.items(), key=lambda item: (len(item[0]), item[0]))
    content: dict[str, list[Any]] = json.loads(Model.from_pieces(ordered).to_bytes("reference"))
    return content


def load(path: str) -> dict[bytes, int]:
    """The pieces and counts of a model file."""
    with open(path, encoding="utf-8") as file:
        return {b64decode(key): value[2] for key, value in json.load(file).items()}
