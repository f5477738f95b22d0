# SPDX-License-Identifier: Apache-2.0
"""Tokenizer: text to ids and back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bytepiece_cpp import _core
from bytepiece_cpp.adapters import HuggingFaceAdapter, TiktokenAdapter
from bytepiece_cpp.batches import Text, TextBatch, Texts, TokenBatch
from bytepiece_cpp.files import encode_files as _encode_files
from bytepiece_cpp.models import Model, ModelFormat, Path
from bytepiece_cpp.processes import threads_for
from bytepiece_cpp.progress import ProgressArgument, in_bytes, reporting
from bytepiece_cpp.segmentations import Covers, Segmentations, covers_of
from bytepiece_cpp.show import ShownText, coloured

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Policy = Literal["plain", "allow", "forbid"]
_SHOWN_PIECES = 200


class Tokenizer(_core.Tokenizer):
    """Text to ids and back. Any number of threads may use one.

    Ids count from 0: <pad>, <bos>, <eos>, the pieces, the model's special tokens. Any bytes are
    text, and decode_bytes(encode(text)) is the text, normalised as the model demands.

    Where texts are few, encode, decode and the like take one each; encode_batch and its kin take
    many, on all cores. Pickled, a tokenizer opened from a file is its path and a digest; any other
    is the whole model.

    >>> tokenizer.decode(tokenizer.encode("chuck a woodchuck"))
    'chuck a woodchuck'
    """

    _path: str | None
    _normalization: Literal["nfc", "none"] | None
    _trusted: bool

    def __init__(self, path: Path, *, normalization: Literal["nfc", "none"] | None = None,
                 trusted: bool = False) -> None:
        """Opens a model file of any format.

        normalization: in place of the model's.
        trusted: of compiled models: takes their tables as they are, which is ten times as fast.
            Whoever could write the file could do anything; take it as you take programs.

        Raises FileNotFoundError or ValueError, naming the path.
        """
        super().__init__(os.fspath(path), normalization, trusted)
        self._path = os.path.abspath(path)
        self._normalization = normalization
        self._trusted = trusted

    @classmethod
    def _of(cls, *args: Any) -> Tokenizer:
        self = cls.__new__(cls)
        _core.Tokenizer.__init__(self, *args)
        self._path = None
        self._normalization = args[1] if len(args) > 1 else None
        self._trusted = False
        return self

    @classmethod
    def from_bytes(cls, data: bytes, *, normalization: Literal["nfc", "none"] | None = None,
                   trusted: bool = False) -> Tokenizer:
        """From the bytes of a model file of any format."""
        return cls._of(data, normalization, trusted)

    @classmethod
    def from_model(cls, model: _core.Model) -> Tokenizer:
        """From a model, as train returns it."""
        return cls._of(model)

    @classmethod
    def from_reference_json(cls, json: str | bytes) -> Tokenizer:
        """From the JSON text that the Python bytepiece saves its models as."""
        data = json.encode() if isinstance(json, str) else bytes(json)
        if not data.lstrip().startswith(b"{"):
            raise ValueError("this is no JSON object, which the Python bytepiece's models are; "
                             "for a file give its content, or open it by Tokenizer(path)")
        return cls.from_bytes(data)

    @property
    def pad_id(self) -> int:
        """The id of <pad>: 0."""
        return 0

    @property
    def bos_id(self) -> int:
        """The id of <bos>: 1."""
        return 1

    @property
    def eos_id(self) -> int:
        """The id of <eos>: 2."""
        return 2

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of arrays of ids: uint16 up to 65536 ids, else uint32."""
        return np.dtype(np.uint16 if self.vocab_size <= 65536 else np.uint32)

    @property
    def special_tokens(self) -> list[str]:
        """The model's special tokens, less those that are only reserved."""
        return self.to_model().special_tokens

    def to_model(self) -> Model:
        """The model as data."""
        return Model(self.model)

    def to_bytes(self, format: ModelFormat = "bytepiece") -> bytes:
        """The model as a file holds it, for from_bytes."""
        return self.model.to_bytes(format)

    def save(self, path: Path, format: ModelFormat = "bytepiece") -> None:
        """Writes the model to a file (Model.save)."""
        self.to_model().save(path, format)

    def export_huggingface(self, folder: Path, *, chat_template: str = "",
                           javascript: bool = False) -> list[str]:
        """Writes a folder for AutoTokenizer.from_pretrained of transformers.

        Other files in it stay. docs/exports.md says which ids are equal: all, but for text that
        spells a special token, where the model's scores are whole (Model.with_scores).

        chat_template: Jinja, kept as it is.
        javascript: for @huggingface/tokenizers and transformers.js, which read another variant.

        Returns what whoever uses the folder should know, a sentence each. Raises ValueError if a
        file in the folder belongs to another tokenizer.
        """
        return _core.export_huggingface(self._exported(), os.fspath(folder), chat_template,
                                        javascript)

    def export_sentencepiece(self, path: Path) -> list[str]:
        """Writes a model file of SentencePiece. docs/exports.md says what has no place in it.

        Returns what whoever uses the file should know, a sentence each.
        """
        return _core.export_sentencepiece(self._exported(), os.fspath(path))

    def _exported(self) -> _core.Model:
        model = self.model
        if model.normalization != self.normalization:
            raise ValueError(f"the tokenizer was opened with normalization={self.normalization!r} "
                             f"in place of the model's {model.normalization!r}, which alone would "
                             "be exported; open it without")
        return model

    # Many texts.

    def encode_batch(self, texts: Texts, *, threads: int = 0, bos: bool = False, eos: bool = False,
                     special_tokens: Policy = "plain", allow: Sequence[str] | None = None,
                     spans: Literal["characters", "bytes"] | None = None,
                     progress: ProgressArgument = None) -> TokenBatch:
        """The ids of many texts.

        texts: a sequence of str or bytes, a NumPy array of strings, or an Arrow array of strings,
            chunked or not, which is not copied.
        threads: 0 is as many as there are cores; in a worker process, one.
        spans: what ranges of ids are counted in, if they are wanted (TokenBatch.spans).
        progress: True for a bar of tqdm, or a callable that is given a Progress.
        Other arguments as those of encode; ids do not depend on threads.

        Raises TypeError for what is no text, ValueError for a null, naming it.

        >>> tokenizer.encode_batch(["chuck a woodchuck", "wood"]).to_lists()[0]
        [264, 100, 265]
        """
        with reporting(progress) as report:
            return TokenBatch(*_core.encode_batch(
                self, texts, threads_for(threads), spans, bos, eos, special_tokens, allow,
                in_bytes(report, "encoding")))

    def sample_batch(self, texts: Texts, *, alpha: float | Sequence[float] = 0.2, samples: int = 1,
                     seed: int = 0, first_document: int = 0, documents: ArrayLike | None = None,
                     sample: int = 0, method: Literal["perfect", "viterbi", "nbest"] = "perfect",
                     threads: int = 0, bos: bool = False, eos: bool = False,
                     special_tokens: Policy = "plain", allow: Sequence[str] | None = None,
                     progress: ProgressArgument = None) -> TokenBatch:
        """Random segmentations of many texts: `samples` rows for each, one text after another.

        alpha: of all samples, or a sequence of one for each sample (samples is then its length).
        seed: text i has the random stream (seed, first_document + i, sample) or, with documents,
            (seed, documents[i], sample); the next of its samples, sample + 1, and so on.
        Other arguments as those of sample and encode_batch.
        """
        alphas = [alpha] * samples if isinstance(alpha, (int, float)) else list(alpha)
        numbers = None if documents is None else np.asarray(documents, dtype=np.uint64).tolist()
        with reporting(progress) as report:
            return TokenBatch(*_core.sample_batch(
                self, texts, alphas, seed, first_document, numbers, sample, method,
                threads_for(threads), bos, eos, special_tokens, allow,
                in_bytes(report, "sampling")))

    def count_batch(self, texts: Texts, *, threads: int = 0, bos: bool = False, eos: bool = False,
                    special_tokens: Policy = "plain", allow: Sequence[str] | None = None,
                    progress: ProgressArgument = None) -> NDArray[np.int64]:
        """The number of ids of each text, int64; arguments as those of encode_batch.

        >>> tokenizer.count_batch(["chuck a woodchuck", "a"]).tolist()
        [3, 1]
        """
        with reporting(progress) as report:
            counts: NDArray[np.int64] = _core.count_batch(
                self, texts, threads_for(threads), bos, eos, special_tokens, allow,
                in_bytes(report, "counting"))
            return counts

    def decode_batch(self, rows: TokenBatch | Iterable[Any], *, threads: int = 0,
                     control_tokens: bool = False, special_tokens: bool = True) -> TextBatch:
        """The text of many rows of ids: a TokenBatch, or sequences of ids.

        >>> list(tokenizer.decode_batch([[264, 100, 265], [100]]))
        ['chuck a woodchuck', 'a']
        """
        batch = rows if isinstance(rows, TokenBatch) else TokenBatch.from_rows(rows, np.int64)
        return TextBatch(*_core.decode_rows(self, batch.ids, np.ascontiguousarray(batch.offsets),
                                            threads_for(threads), control_tokens, special_tokens))

    encode_files = _encode_files

    # All segmentations of a text.

    def segmentations(self, text: Text) -> Segmentations:
        """What can be asked of all segmentations of a text of up to 1 MB."""
        return Segmentations(self, text)

    @cached_property
    def _covers(self) -> _core.Covers:
        return _core.Covers(self)

    def covers(self, prompt: Text, *, unfinished_only: bool = False) -> Covers:
        """How the tokens of a prompt may look once more text has come (docs/continuation.md).

        unfinished_only: only covers whose last token reaches beyond the prompt's end.
        """
        return covers_of(self._covers, prompt, unfinished_only)

    # With the calls of other libraries.

    def as_tiktoken(self, name: str = "bytepiece") -> TiktokenAdapter:
        """With the calls of tiktoken.Encoding."""
        return TiktokenAdapter(self, name)

    def as_huggingface(self, *, add_bos: bool = False, add_eos: bool = False,
                       padding_side: Literal["left", "right"] = "right",
                       model_max_length: int = 1 << 30) -> HuggingFaceAdapter:
        """With the calls of a transformers tokenizer that training programs make.

        add_bos, add_eos: whether <bos> and <eos> stand around each text.
        """
        return HuggingFaceAdapter(self, add_bos=add_bos, add_eos=add_eos,
                                  padding_side=padding_side, model_max_length=model_max_length)

    # What it is.

    def show(self, text: Text) -> ShownText:
        """The text cut into pieces, to be looked at: in a notebook in colour.

        >>> tokenizer.show("chuck a woodchuck")
        chuck |a| woodchuck
        """
        return ShownText(self, self.encode(text))

    @cached_property
    def _digest(self) -> str:
        return self.to_model().digest()

    def __eq__(self, other: object) -> bool:
        """Whether the other has the same model and normalisation, and so gives the same ids."""
        return self is other or (isinstance(other, Tokenizer)
                                 and self.normalization == other.normalization
                                 and self._digest == other._digest)

    def __hash__(self) -> int:
        return hash((self._digest, self.normalization))

    def __reduce__(self) -> tuple[Any, ...]:
        if self._path is None:
            return _from_pickle, (type(self), self.to_bytes(), self._normalization)
        return _reopen, (type(self), self._path, self._digest, self._normalization, self._trusted)

    def __repr__(self) -> str:
        source = "" if self._path is None else f" of {self._path!r}"
        return f"<Tokenizer{source}: {self.vocab_size} ids, {self.normalization}>"

    def _repr_html_(self) -> str:
        first, end = 3, 3 + self.num_pieces
        longest = sorted(range(first, end), key=lambda id: -len(self.id_to_bytes(id)))
        shown = sorted(longest[:_SHOWN_PIECES])
        return (f"<p>BytePiece tokenizer: {self.vocab_size} ids, {self.normalization}; its "
                f"{len(shown)} longest pieces:</p>{coloured(self, shown)}")


def _from_pickle(cls: type[Tokenizer], data: bytes,
                 normalization: Literal["nfc", "none"] | None) -> Tokenizer:
    return cls.from_bytes(data, normalization=normalization)


def _reopen(cls: type[Tokenizer], path: str, digest: str,
            normalization: Literal["nfc", "none"] | None, trusted: bool) -> Tokenizer:
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"the tokenizer was pickled as the file {path}, which is not here; put it there, or "
            "pickle a tokenizer made by from_bytes, which holds its model")
    tokenizer = cls(path, normalization=normalization, trusted=trusted)
    if tokenizer._digest != digest:
        raise ValueError(f"the tokenizer was pickled as the file {path}, which holds another model "
                         "now")
    return tokenizer
