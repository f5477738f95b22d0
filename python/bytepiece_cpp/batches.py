# SPDX-License-Identifier: Apache-2.0
"""Rows of ids or of text in flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union, overload

import numpy as np

from bytepiece_cpp import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray


Text: TypeAlias = Union[str, bytes, bytearray, memoryview]
Texts: TypeAlias = Any
"""A sequence of str or bytes; a NumPy array of strings; an Arrow array of string, large_string,
string_view or binary type, chunked or not, from any library that speaks Arrow's C interface."""


class TokenBatch:
    """The ids of some texts, one text after another, without Python objects for each.

    ids: array of uint16 or uint32, shape (n,). By the buffer protocol and DLPack other libraries
        take it as it is; the batch itself is an Arrow array of list<uint32>
        (pyarrow.array(batch)).
    offsets: array of int64, shape (rows + 1,): row i is ids[offsets[i]:offsets[i + 1]].
    spans: if asked for, array of int64, shape (n, 2): by id the half-open range of its text.

    >>> batch = tokenizer.encode_batch(["chuck a woodchuck", "wood"])
    >>> len(batch), batch[0].tolist()
    (2, [264, 100, 265])
    """

    __slots__ = ("ids", "offsets", "spans")

    def __init__(self, ids: NDArray[Any], offsets: NDArray[np.int64],
                 spans: NDArray[np.int64] | None = None) -> None:
        self.ids = ids
        self.offsets = offsets
        self.spans = spans

    @classmethod
    def from_rows(cls, rows: Iterable[Any], dtype: Any = np.uint32) -> TokenBatch:
        """The batch of rows that are sequences of ids."""
        arrays = [np.asarray(row, dtype=dtype) for row in rows]
        offsets = np.zeros(len(arrays) + 1, dtype=np.int64)
        np.cumsum([len(array) for array in arrays], out=offsets[1:])
        ids = np.concatenate(arrays) if arrays else np.empty(0, dtype=dtype)
        return cls(ids, offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, row: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, row: slice) -> TokenBatch: ...

    def __getitem__(self, row: int | slice) -> NDArray[Any] | TokenBatch:
        """The ids of a row, without copying; or the batch of some rows."""
        if isinstance(row, slice):
            return self._rows(row)
        number = row + len(self) if row < 0 else row
        if not 0 <= number < len(self):
            raise IndexError(f"row {row} of a batch of {len(self)} rows")
        return self.ids[self.offsets[number]:self.offsets[number + 1]]

    def _rows(self, rows: slice) -> TokenBatch:
        first, last, step = rows.indices(len(self))
        if step != 1:
            numbers = range(first, last, step)
            return TokenBatch.from_rows((self[i] for i in numbers), self.ids.dtype)
        last = max(first, last)
        begin, end = self.offsets[first], self.offsets[last]
        return TokenBatch(self.ids[begin:end], self.offsets[first:last + 1] - begin,
                          None if self.spans is None else self.spans[begin:end])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, TokenBatch) and np.array_equal(self.ids, other.ids)
                and np.array_equal(self.offsets, other.offsets))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<TokenBatch: {len(self)} rows, {len(self.ids)} ids of {self.ids.dtype}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return TokenBatch, (self.ids, self.offsets, self.spans)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of ids in each row."""
        return np.diff(self.offsets)

    def to_lists(self) -> list[list[int]]:
        """A list of ids for each row."""
        ids: list[int] = self.ids.tolist()
        ends: list[int] = self.offsets.tolist()
        return [ids[begin:end] for begin, end in zip(ends, ends[1:])]

    def padded(self, length: int | None = None, side: Literal["left", "right"] = "right",
               pad_id: int = 0) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """A matrix of a row for each text, and how many of its ids are the text's.

        length: of the rows; None is that of the longest. Longer texts lose their end.
        side: where padding stands.

        >>> ids, lengths = tokenizer.encode_batch(["chuck a woodchuck", "a"]).padded(2)
        >>> ids.tolist(), lengths.tolist()
        ([[264, 100], [100, 0]], [2, 1])
        """
        if side not in ("left", "right"):
            raise ValueError(f'side is {side!r}; choose "left" or "right"')
        if length is None:
            length = int(self.lengths.max(initial=0))
        if length < 0:
            raise ValueError(f"length is {length}; it must be 0 or more")
        out = np.full((len(self), length), pad_id, dtype=self.ids.dtype)
        lengths = _core.pad_rows(np.ascontiguousarray(self.ids),
                                 np.ascontiguousarray(self.offsets), out, side == "left")
        return out, lengths

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The batch as Arrow's list<uint32> (large_list from 2^31 ids on)."""
        ids = np.ascontiguousarray(self.ids)
        schema, array = _core.arrow_list(ids, np.ascontiguousarray(self.offsets))
        return schema, array


class TextBatch(Sequence[str]):
    """The text of some rows of ids: data, bytes; offsets, int64, shape (rows + 1,).

    Indexing gives str, where bytes that are no UTF-8 are U+FFFD; bytes_of(row) gives the bytes.
    """

    __slots__ = ("data", "offsets")

    def __init__(self, data: bytes, offsets: NDArray[np.int64]) -> None:
        self.data = data
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def bytes_of(self, row: int) -> bytes:
        """The bytes of a row."""
        number = row + len(self) if row < 0 else row
        if not 0 <= number < len(self):
            raise IndexError(f"row {row} of a batch of {len(self)} rows")
        return self.data[self.offsets[number]:self.offsets[number + 1]]

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...

    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        return self.bytes_of(row).decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"<TextBatch: {len(self)} rows, {len(self.data)} bytes>"

    def to_arrow(self) -> Any:
        """A pyarrow array of large_string, or of large_binary if a row is no UTF-8; not copied."""
        import pyarrow as pa

        buffers = [None, pa.py_buffer(np.ascontiguousarray(self.offsets)), pa.py_buffer(self.data)]
        array = pa.Array.from_buffers(pa.large_string(), len(self), buffers)
        try:
            array.validate(full=True)
        except pa.ArrowInvalid:
            array = pa.Array.from_buffers(pa.large_binary(), len(self), buffers)
        return array
