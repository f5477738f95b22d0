# SPDX-License-Identifier: Apache-2.0
"""Training data: documents segmented anew each epoch, packed into blocks of ids.

>>> from bytepiece_cpp.blocks import TokenBlocks
>>> blocks = TokenBlocks(tokenizer, ["chuck a woodchuck", "wood"], block_size=4)
>>> [block.tolist() for block in blocks]
[[264, 100, 265, 2], [122, 114, 114, 103]]
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from bytepiece_cpp import _core
from bytepiece_cpp.processes import threads_for
from bytepiece_cpp.sources import TextSource, source_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bytepiece_cpp.tokenizer import Tokenizer

Alpha = Union[None, float, tuple[float, float], Callable[[int], float]]
"""None: encode. A number: sample with it. (first, last): linearly over the epochs. A function of
the epoch."""

# Documents are encoded so many bytes at once. Part of what a state means: do not change.
_BATCH_BYTES = 1 << 20


class TokenBlocks:
    """Arrays of block_size ids, one epoch an iteration; the next iteration is the next epoch.

    source: as train takes it, but for (text, count) pairs: texts that can be iterated again, a
        table, files. It is gone through once an epoch.
    alpha: of random segmentations; None: always the same one.
    epochs: of a schedule alpha = (first, last).
    seed: document number i has in epoch e the random stream (seed, i, e), whatever the workers.
    bos, eos: what stands around each document.
    drop_last: whether ids that fill no block are left out; else pad_id fills the last one.
    shuffle: whether the documents come in another order each epoch; of lists, tables and arrays.
    shard: (index, count): of all documents those whose place p has p % count == index.
    reading: how files are read (document=, field=, ... of train).

    The blocks are a function of the arguments and the epoch. state_dict() is where it is, within an
    epoch too; load_state_dict() of another with the same arguments goes on there.
    """

    def __init__(self, tokenizer: Tokenizer, source: Any, block_size: int, *,
                 alpha: Alpha = None, epochs: int = 1, seed: int = 0, bos: bool = False,
                 eos: bool = True, drop_last: bool = True, shuffle: bool = False,
                 shard: tuple[int, int] = (0, 1), column: str | None = None, threads: int = 0,
                 **reading: Any) -> None:
        if block_size < 1:
            raise ValueError(f"block_size is {block_size}; it must be 1 or more")
        if not 0 <= shard[0] < shard[1]:
            raise ValueError(f"shard is {shard}; it must be (index, count), 0 <= index < count")
        self._tokenizer = tokenizer
        self._documents = _documents_of(source, column, reading, shuffle, seed)
        self._block_size = block_size
        self._alpha = alpha
        self._epochs = epochs
        self._seed = seed
        self._around: dict[str, Any] = {"bos": bos, "eos": eos}
        self._drop_last = drop_last
        self._shard = shard
        self._threads = threads
        self._state = _State()

    @property
    def epoch(self) -> int:
        """The epoch that the next iteration is of, or goes on in."""
        return self._state.epoch

    def set_epoch(self, epoch: int) -> None:
        """The next iteration is of this epoch, from its start."""
        self._state = _State(epoch)

    def alpha_of(self, epoch: int) -> float | None:
        """The alpha of an epoch."""
        if isinstance(self._alpha, tuple):
            first, last = self._alpha
            if self._epochs <= 1 or epoch <= 0:
                return float(first)
            share = min(epoch, self._epochs - 1) / (self._epochs - 1)
            return first + (last - first) * share
        if callable(self._alpha):
            return float(self._alpha(epoch))
        return self._alpha

    def state_dict(self) -> dict[str, Any]:
        """Where it is: a dict of numbers and a list of fewer than block_size ids."""
        return self._state.to_dict(self._shard)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on where another was, which had the same arguments."""
        if tuple(state["shard"]) != self._shard:
            raise ValueError(f"the state is of shard {tuple(state['shard'])}, not {self._shard}")
        self._state = _State.of_dict(state)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        state = self._state
        rest = np.array(state.rest, dtype=self._tokenizer.dtype)
        skipped = state.blocks
        size = self._block_size
        batches = self._documents(state.epoch, self._shard, state.documents)
        for numbers, texts in batches:
            ids = np.concatenate([rest, self._encode(texts, numbers, state.epoch)])
            whole = len(ids) // size
            for place in range(skipped, whole):
                self._state = _State(state.epoch, state.documents, rest.tolist(), place + 1)
                yield ids[place * size:(place + 1) * size]
            rest = ids[whole * size:]
            skipped = 0
            state = _State(state.epoch, state.documents + len(numbers), rest.tolist())
            self._state = state
        if len(rest) > 0 and not self._drop_last and not state.ended:
            self._state = _State(state.epoch, state.documents, rest.tolist(), 0, True)
            yield np.concatenate([rest, np.full(size - len(rest), self._tokenizer.pad_id,
                                                rest.dtype)])
        self._state = _State(state.epoch + 1)

    def _encode(self, texts: Any, numbers: Sequence[int], epoch: int) -> NDArray[Any]:
        threads = threads_for(self._threads)
        alpha = self.alpha_of(epoch)
        if alpha is None:
            return self._tokenizer.encode_batch(texts, threads=threads, **self._around).ids
        return self._tokenizer.sample_batch(texts, alpha=alpha, seed=self._seed, documents=numbers,
                                            sample=epoch, threads=threads, **self._around).ids


class _State:
    """Before the documents of a batch, of which some blocks are out already."""

    def __init__(self, epoch: int = 0, documents: int = 0, rest: Sequence[int] = (),
                 blocks: int = 0, ended: bool = False) -> None:
        self.epoch = epoch
        self.documents = documents  # of the shard, encoded before
        self.rest = rest  # ids of these that filled no block
        self.blocks = blocks  # of the next batch, given out
        self.ended = ended  # the last, padded block is out

    def to_dict(self, shard: tuple[int, int]) -> dict[str, Any]:
        return {"epoch": self.epoch, "documents": self.documents, "rest": list(self.rest),
                "blocks": self.blocks, "ended": self.ended, "shard": list(shard)}

    @classmethod
    def of_dict(cls, state: dict[str, Any]) -> _State:
        return cls(state["epoch"], state["documents"], state["rest"], state["blocks"],
                   state["ended"])


_Batch = tuple[list[int], Any]
_Documents = Callable[[int, tuple[int, int], int], Iterator[_Batch]]
"""(epoch, shard, first) to the shard's documents from its number `first` on, in batches, each with
the documents' numbers in the whole corpus."""


def _documents_of(source: Any, column: str | None, reading: dict[str, Any], shuffle: bool,
                  seed: int) -> _Documents:
    texts = source_of(source, column)
    if not isinstance(texts, TextSource):
        _refuse_shuffle(shuffle, "files")
        return _OfPaths([os.path.abspath(path) for path in texts], reading)
    if reading:
        raise TypeError(f"{', '.join(reading)}: only files are read so")
    if texts.once:
        raise ValueError("the texts can be iterated once; give a list, or an object whose "
                         "__iter__ starts again each epoch")
    if isinstance(source, Sequence) and not isinstance(source, (str, os.PathLike)):
        return _OfSequence(source, shuffle, seed)
    _refuse_shuffle(shuffle, "an iterable")
    return _OfIterable(texts)


def _refuse_shuffle(shuffle: bool, what: str) -> None:
    if shuffle:
        raise ValueError(f"{what} cannot be shuffled; give a list, or shuffle the documents before")


def _batches(documents: Iterator[tuple[int, Any]]) -> Iterator[_Batch]:
    numbers: list[int] = []
    texts: list[Any] = []
    size = 0
    for number, text in documents:
        numbers.append(number)
        texts.append(text)
        size += len(text) + 64
        if size >= _BATCH_BYTES:
            yield numbers, texts
            numbers, texts, size = [], [], 0
    if texts:
        yield numbers, texts


class _OfSequence:
    """Documents that are found by their number."""

    def __init__(self, texts: Sequence[Any], shuffle: bool, seed: int) -> None:
        self._texts = texts
        self._shuffle = shuffle
        self._seed = seed

    def __call__(self, epoch: int, shard: tuple[int, int], first: int) -> Iterator[_Batch]:
        order: Any = range(len(self._texts))
        if self._shuffle:
            # Its stream is frozen, where that of newer generators may change with NumPy.
            words = [self._seed & 0xFFFFFFFF, self._seed >> 32 & 0xFFFFFFFF, epoch]
            order = np.random.RandomState(words).permutation(len(self._texts))
        mine = order[shard[0] + first * shard[1]::shard[1]]
        return _batches((int(number), self._texts[number]) for number in mine)


class _OfIterable:
    """Documents that come one after another, in chunks."""

    def __init__(self, texts: TextSource) -> None:
        self._source = texts

    def __call__(self, epoch: int, shard: tuple[int, int], first: int) -> Iterator[_Batch]:
        documents = enumerate(itertools.chain.from_iterable(
            _items(texts) for texts, _ in self._source.open()))
        return _batches(itertools.islice(documents, shard[0] + first * shard[1], None, shard[1]))


def _items(texts: Any) -> Any:
    if hasattr(texts, "to_pylist"):
        return texts.to_pylist()
    return texts.tolist() if hasattr(texts, "tolist") else texts


class _OfPaths:
    """Documents of files, read as the command line reads them."""

    def __init__(self, paths: list[str], reading: dict[str, Any]) -> None:
        self._paths = paths
        self._reading = reading

    def __call__(self, epoch: int, shard: tuple[int, int], first: int) -> Iterator[_Batch]:
        corpus = _core.Corpus(self._paths, {**self._reading, "shard": shard})

        def read() -> Iterator[bytes]:
            while documents := corpus.read(_BATCH_BYTES):
                yield from documents

        mine = enumerate(itertools.islice(read(), first, None), first)
        return _batches((shard[0] + place * shard[1], text) for place, text in mine)
