# SPDX-License-Identifier: Apache-2.0
"""What can be given as a corpus, taken as chunks of texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Chunk = tuple[Any, int]
"""Texts as encode_batch takes them, and how often each counts."""

_CHUNK_BYTES = 1 << 20
_BATCH_ROWS = 1000


@dataclass(frozen=True)
class TextSource:
    """Texts that are gone through by open(), once or as often as wanted."""

    open: Callable[[], Iterator[Chunk]]
    once: bool = False


def source_of(source: Any, column: str | None) -> TextSource | list[str]:
    """The texts of a source of any kind, or the paths that it names."""
    if isinstance(source, (str, os.PathLike)):
        return _paths_of([os.fspath(source)], column)
    if isinstance(source, (list, tuple)) and source:
        if all(isinstance(item, os.PathLike) for item in source):
            return _paths_of([os.fspath(item) for item in source], column)
        if len(source) <= 1000 and all(isinstance(item, str) and _is_file(item)
                                       for item in source):
            raise ValueError("these texts are names of files; give [pathlib.Path(name), ...] to "
                             "train on what is in the files")
    if isinstance(source, bytes):
        raise TypeError("one text is no corpus; give a list of texts")
    table = _column_of(source, column)
    if table is not None:
        return table
    if column is not None:
        raise ValueError(f"column is {column!r}, but a {type(source).__name__} has no columns")
    if hasattr(source, "__arrow_c_array__") or hasattr(source, "__arrow_c_stream__"):
        return TextSource(lambda: iter([(source, 1)]), once=False)
    if hasattr(source, "dtype"):
        return TextSource(lambda: iter([(source, 1)]))
    if not isinstance(source, Iterable):
        raise TypeError(f"a {type(source).__name__} is no source of texts")
    if isinstance(source, Iterator):
        return TextSource(lambda: chunks_of(source), once=True)
    return TextSource(lambda: chunks_of(source))


def _is_file(name: str) -> bool:
    return len(name) < 4096 and "\0" not in name and os.path.isfile(name)


def _paths_of(paths: list[str], column: str | None) -> TextSource | list[str]:
    parquet = [path.endswith(".parquet") for path in paths]
    if not any(parquet):
        if column is not None:
            raise ValueError("column is for tables; the field of JSON Lines is `field`")
        return paths
    if not all(parquet):
        raise ValueError("Parquet and other files do not go together; train on one kind")

    def read() -> Iterator[Chunk]:
        for path in paths:
            for texts in parquet_texts(path, column):
                yield texts, 1

    for path in paths:
        parquet_column(path, column)  # a missing file or column is known now
    return TextSource(read)


def parquet_column(path: str, column: str | None) -> str:
    """The name of the column of texts in a Parquet file."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return column_name(file.schema_arrow.names, column, path)


def parquet_texts(path: str, column: str | None) -> Iterator[Any]:
    """The texts of a Parquet file, an Arrow array after another."""
    import pyarrow.parquet as pq

    name = parquet_column(path, column)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=[name]):
            yield batch.column(0)


def column_name(names: list[str], column: str | None, what: str) -> str:
    """The column asked for, else "text", else the only one there is."""
    wanted = column if column is not None else names[0] if len(names) == 1 else "text"
    if wanted not in names:
        raise ValueError(f"{what} has no column {wanted!r}; its columns are {', '.join(names)}; "
                         "choose one by column=")
    return wanted


def _column_of(source: Any, column: str | None) -> TextSource | None:
    """The column of a table: of pyarrow, pandas, polars, or datasets; None for anything else."""
    names = getattr(source, "column_names", None)  # pyarrow.Table, datasets.Dataset
    if names is None:
        names = getattr(source, "columns", None)  # pandas, polars
    if names is None or callable(names):
        return None
    what = f"the {type(source).__name__}"
    name = column_name([str(each) for each in names], column, what)
    if hasattr(source, "with_format"):  # of datasets, where a column may be larger than memory
        rows = source.with_format("arrow")
        return TextSource(lambda: ((batch[name], 1) for batch in rows.iter(_BATCH_ROWS)))
    return TextSource(lambda: iter([(source[name], 1)]))


def chunks_of(items: Iterable[Any]) -> Iterator[Chunk]:
    """Single texts, or (text, count) pairs, in chunks of texts that count alike."""
    texts: list[Any] = []
    size = 0
    weight = 1
    for item in items:
        text, count = item if isinstance(item, tuple) and len(item) == 2 else (item, 1)
        if not isinstance(count, int):
            raise TypeError(f"a count must be an int, not {type(count).__name__}")
        if texts and (count != weight or size >= _CHUNK_BYTES):
            yield texts, weight
            texts, size = [], 0
        weight = count
        texts.append(text)
        try:
            size += len(text) + 64
        except TypeError:
            raise TypeError(f"a text must be str or bytes, not {type(text).__name__}") from None
    if texts:
        yield texts, weight
