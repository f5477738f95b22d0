# SPDX-License-Identifier: Apache-2.0
"""Files of text into files of ids."""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from bytepiece_cpp import _core
from bytepiece_cpp.batches import TokenBatch
from bytepiece_cpp.models import Path
from bytepiece_cpp.processes import threads_for
from bytepiece_cpp.progress import Progress, ProgressArgument, in_stages, reporting
from bytepiece_cpp.sources import parquet_texts

if TYPE_CHECKING:
    from bytepiece_cpp.tokenizer import Policy, Tokenizer

FileFormat = Literal["npy", "bin", "megatron", "jsonl", "parquet"]

_ENDINGS = {"npy": ".npy", "bin": ".bin", "jsonl": ".jsonl", "parquet": ".parquet",
            "megatron": ""}
_READ_BYTES = 8 << 20


class EncodedFile(NamedTuple):
    """An output of encode_files, and what was written to it."""

    path: str
    skipped: bool
    """It was there already; the numbers are 0 then."""
    documents: int = 0
    bytes: int = 0
    tokens: int = 0


class _Task(NamedTuple):
    """What makes one output."""

    inputs: list[str]
    output: str
    shard: tuple[int, int]


def encode_files(tokenizer: Tokenizer, paths: Path | Sequence[Path], output: Path,
                 format: FileFormat | None = None, *, shards: int | None = None,
                 shard: tuple[int, int] | None = None, overwrite: bool = False,
                 bos: bool = False, eos: bool = False, special_tokens: Policy = "plain",
                 allow: Sequence[str] | None = None, column: str | None = None,
                 document: str | None = None, field: str | None = None,
                 input_format: Literal["auto", "text", "jsonl"] | None = None,
                 compression: Literal["auto", "none", "gzip", "zstd", "xz", "bz2"] | None = None,
                 on_bad_line: Literal["error", "skip"] | None = None, threads: int = 0,
                 progress: ProgressArgument = None) -> list[EncodedFile]:
    """Encodes files of text, JSON Lines or Parquet into files of ids.

    paths: files, globs or folders, read as the command line reads them; .parquet by `column`.
    output: a file (of "megatron" the prefix of two). A folder gets an output for each input. With
        shards, "{shard}" in it stands for the number of the shard.
    format: "npy" (one array), "bin" (the same without a header), "megatron", "jsonl" ({"ids":
        [...]} a line), "parquet" (column ids, list<uint32>). None: by the output's ending.
    shards: so many outputs; output i has the documents i, i + shards, i + 2 * shards, ...
    shard: (index, count): that one alone, for one of several machines.
    overwrite: whether an output that is there is written again. Else it is taken as done: a run
        that was stopped goes on with the first output that is missing. Outputs appear when they
        are complete; what was stopped leaves nothing.
    document, field, input_format, compression, on_bad_line: how files are read (see train).
    Other arguments as those of Tokenizer.encode_batch.

    Returns an entry for each output. Raises FileNotFoundError, OSError or ValueError, naming the
    file.
    """
    names = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    inputs = [os.fspath(name) for name in names]
    target = os.fspath(output)
    kind = format if format is not None else _format_of(target)
    reading = {name: value for name, value in (
        ("document", document), ("field", field), ("input_format", input_format),
        ("compression", compression), ("on_bad_line", on_bad_line)) if value is not None}
    encode = dict(bos=bos, eos=eos, special_tokens=special_tokens, allow=allow)
    done = []
    with reporting(progress) as report:
        for task in _tasks(inputs, target, kind, shards, shard):
            if not overwrite and _is_finished(task.output, kind):
                done.append(EncodedFile(task.output, True))
                continue
            work = _Work(tokenizer, task, reading, encode, threads_for(threads), column, report)
            done.append(work.to_parquet() if kind == "parquet" else work.to_tokens(kind))
    return done


def _format_of(output: str) -> FileFormat:
    for format, ending in _ENDINGS.items():
        if ending and output.endswith(ending):
            return format  # type: ignore[return-value]
    raise ValueError(f"the name {output!r} does not tell the format; give format=, one of "
                     f"{', '.join(_ENDINGS)}")


def _tasks(inputs: list[str], output: str, format: str, shards: int | None,
           shard: tuple[int, int] | None) -> list[_Task]:
    if shards is not None and shard is not None:
        raise ValueError("give shards for all of them, or shard for one")
    if output.endswith(os.sep) or os.path.isdir(output):
        if shards is not None or shard is not None:
            raise ValueError("a folder has an output for each input; name a file for shards")
        return [_Task([path], os.path.join(output, _renamed(relative, format)), (0, 1))
                for path, relative in _core.resolve_paths(inputs)]
    if shards is None:
        return [_Task(inputs, output.replace("{shard}", str(shard[0])) if shard else output,
                      shard or (0, 1))]
    if shards < 1:
        raise ValueError(f"shards is {shards}; it must be 1 or more")
    if "{shard}" not in output:
        raise ValueError(f"the output {output!r} must have {{shard}} in it, for the shard's number")
    return [_Task(inputs, output.replace("{shard}", str(i)), (i, shards)) for i in range(shards)]


def _renamed(relative: str, format: str) -> str:
    base = relative
    for packed in (".gz", ".zst", ".xz", ".bz2"):
        base = base.removesuffix(packed)
    return os.path.splitext(base)[0] + _ENDINGS[format]


def _is_finished(output: str, format: str) -> bool:
    if format == "megatron":
        return os.path.exists(output + ".bin") and os.path.exists(output + ".idx")
    return os.path.exists(output)


class _Work:
    """The making of one output."""

    def __init__(self, tokenizer: Tokenizer, task: _Task, reading: dict[str, Any],
                 encode: dict[str, Any], threads: int, column: str | None,
                 report: Callable[[Progress], object] | None) -> None:
        self._tokenizer = tokenizer
        self._task = task
        self._reading = {**reading, "shard": task.shard}
        self._encode = encode
        self._threads = threads
        self._column = column
        self._report = report
        self._parquet = [path.endswith(".parquet") for path in task.inputs]
        folder = os.path.dirname(task.output)
        if folder:
            os.makedirs(folder, exist_ok=True)

    def to_tokens(self, format: str) -> EncodedFile:
        """Writes a format of the core library."""
        writer = _core.TokenWriter(self._tokenizer, self._task.output, format)
        if not any(self._parquet):
            *totals, notes = _core.encode_paths(
                self._tokenizer, self._task.inputs, self._reading, writer, self._threads,
                self._encode["bos"], self._encode["eos"], self._encode["special_tokens"],
                self._encode["allow"], in_stages(self._report))
            _warn(notes)
            return EncodedFile(self._task.output, False, *totals)
        documents = size = tokens = 0
        for batch, batch_bytes in self._batches():
            writer.append(batch.ids, np.ascontiguousarray(batch.offsets))
            documents += len(batch)
            size += batch_bytes
            tokens += len(batch.ids)
        writer.commit()
        return EncodedFile(self._task.output, False, documents, size, tokens)

    def to_parquet(self) -> EncodedFile:
        """Writes Parquet, by pyarrow."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema([("ids", pa.list_(pa.uint32()))])
        documents = size = tokens = 0
        with _appearing(self._task.output) as path, pq.ParquetWriter(path, schema) as writer:
            for batch, batch_bytes in self._batches():
                writer.write_table(pa.table([pa.array(batch).cast(schema.field(0).type)],
                                            schema=schema))
                documents += len(batch)
                size += batch_bytes
                tokens += len(batch.ids)
        return EncodedFile(self._task.output, False, documents, size, tokens)

    def _batches(self) -> Iterator[tuple[TokenBatch, int]]:
        """The ids of whole documents, and how many bytes of text they are of."""
        done = 0
        for texts, size in self._texts():
            yield self._tokenizer.encode_batch(texts, threads=self._threads, **self._encode), size
            done += size
            if self._report is not None:
                self._report(Progress(name="encoding", done=done, unit="bytes"))

    def _texts(self) -> Iterator[tuple[Any, int]]:
        if not any(self._parquet):
            corpus = _core.Corpus(self._task.inputs, self._reading)
            while documents := corpus.read(_READ_BYTES):
                yield documents, sum(map(len, documents))
            _warn(corpus.notes())
            return
        if not all(self._parquet):
            raise ValueError("Parquet and other files do not go together; encode one kind at once")
        number = 0
        index, count = self._task.shard
        for path in self._task.inputs:
            for texts in parquet_texts(path, self._column):
                first = (index - number) % count
                number += len(texts)
                if count > 1:
                    texts = texts.take(np.arange(first, len(texts), count))
                yield texts, texts.nbytes


def _warn(notes: Sequence[str]) -> None:
    for note in notes:
        warnings.warn(note, stacklevel=4)


@contextlib.contextmanager
def _appearing(output: str) -> Iterator[str]:
    """A path beside `output`, which it becomes where all goes well, and else is gone."""
    folder = os.path.dirname(output) or "."
    handle, path = tempfile.mkstemp(prefix=f".{os.path.basename(output)}.", dir=folder)
    os.close(handle)
    try:
        yield path
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(path, 0o666 & ~mask)
        os.replace(path, output)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        raise
