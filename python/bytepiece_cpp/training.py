# SPDX-License-Identifier: Apache-2.0
"""Training: texts of any kind to models."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, overload

from bytepiece_cpp import _core
from bytepiece_cpp.models import Model
from bytepiece_cpp.progress import ProgressArgument, in_stages, reporting
from bytepiece_cpp.sources import TextSource, source_of


# For type checkers: one size gives a model, several a list. The options stand once, below.
@overload
def train(source: Any, *, vocab_size: int = ..., **options: Any) -> Model: ...
@overload
def train(source: Any, *, vocab_size: Sequence[int], **options: Any) -> list[Model]: ...


def train(  # type: ignore[misc]
          source: Any, *, vocab_size: int | Sequence[int] | None = None,
          method: Literal["exact", "recover", "grow"] | None = None,
          order: int | None = None, normalization: Literal["nfc", "none"] | None = None,
          isolate_digits: bool | None = None, special_tokens: Iterable[str] | None = None,
          special_token_text: Literal["boundary", "plain"] | None = None,
          prune_while_counting: int | None = None, prune_every: int | None = None,
          min_count: int | None = None, ensure_unicode: bool | None = None,
          max_piece_length: int | None = None, character_coverage: float | None = None,
          cross_spaces: bool | None = None, cross_punctuation: bool | None = None,
          cross_newlines: bool | None = None, soft_counts: bool | None = None,
          grow_sample: int | None = None, pad_vocab_to: int | None = None,
          scores: Literal["whole", "log"] | None = None,
          column: str | None = None, document: str | None = None, field: str | None = None,
          input_format: Literal["auto", "text", "jsonl"] | None = None,
          compression: Literal["auto", "none", "gzip", "zstd", "xz", "bz2"] | None = None,
          on_bad_line: Literal["error", "skip"] | None = None, threads: int | None = None,
          memory_limit: int | None = None, temp_dir: str | os.PathLike[str] | None = None,
          work_dir: str | os.PathLike[str] | None = None, checkpoint_seconds: float | None = None,
          hard_vocab_size: bool | None = None, progress: ProgressArgument = None
          ) -> Model | list[Model]:
    """Learns a vocabulary, or several of different sizes, from texts.

    source: one of
        a path (str or os.PathLike) or glob or folder, or a list of os.PathLike: files of text or
            JSON Lines, packed or not, as the command line reads them; .parquet by `column`;
        an iterable of str or bytes: gone through several times or, if it can be iterated once,
            copied to a temporary file as it comes;
        an iterable of (text, count) pairs: each counts so often;
        an Arrow array or chunked array; a table, a DataFrame or a datasets.Dataset, by `column`.
    vocab_size: ids altogether, 259 or more; a sequence of sizes gives a list of models.
    method: "grow" needs fewest tokens; "exact" is the reference's vocabulary; "recover" is that
        without its flaw in text that n-grams cannot segment.
    special_tokens: their ids follow the pieces.
    column: which of several columns holds the texts ("text" if there is one of that name).
    document, field, input_format, compression, on_bad_line: how files are read ("file", "line" or
        a separator; the field of JSON Lines; and so on), as `bytepiece help train` says.
    threads, memory_limit (bytes), temp_dir: cost time, never change the result.
    work_dir: a folder where a run that was killed goes on when it is started again; of files.
    hard_vocab_size: fewer pieces than asked for are a ValueError, not a warning.
    grow_sample: bytes of text by which "grow" chooses, 2**24 or more; for corpora of many GB.
    Other options as `bytepiece help train` has them, under the same names with "_" for "-".
    None is the default of each.

    Raises ValueError for an option out of its range or an empty corpus, MemoryError where the
    limit is too low; what the iterable raises; KeyboardInterrupt.

    >>> texts = ["how much wood would a woodchuck chuck", "if a woodchuck could chuck wood"]
    >>> import bytepiece_cpp
    >>> bytepiece_cpp.train(texts, vocab_size=265).vocab_size
    265
    """
    several = vocab_size is not None and not isinstance(vocab_size, int)
    spec = {"method": method, "order": order, "normalization": normalization,
            "isolate_digits": isolate_digits,
            "special_tokens": None if special_tokens is None else list(special_tokens),
            "special_token_text": special_token_text,
            "prune_while_counting": prune_while_counting, "prune_every": prune_every,
            "min_count": min_count, "ensure_unicode": ensure_unicode,
            "max_piece_length": max_piece_length, "character_coverage": character_coverage,
            "cross_spaces": cross_spaces, "cross_punctuation": cross_punctuation,
            "cross_newlines": cross_newlines, "soft_counts": soft_counts,
            "grow_sample": grow_sample, "pad_vocab_to": pad_vocab_to,
            "vocab_sizes": None if vocab_size is None else
                           [vocab_size] if isinstance(vocab_size, int) else list(vocab_size)}
    run = {"scores": scores, "threads": threads, "memory_limit": memory_limit,
           "temp_dir": None if temp_dir is None else os.fspath(temp_dir),
           "work_dir": None if work_dir is None else os.fspath(work_dir),
           "checkpoint_seconds": checkpoint_seconds, "hard_vocab_size": hard_vocab_size}
    reading = {"document": document, "field": field, "input_format": input_format,
               "compression": compression, "on_bad_line": on_bad_line, "temp_dir": run["temp_dir"]}
    texts = source_of(source, column)
    with reporting(progress) as report:
        if isinstance(texts, TextSource):
            if work_dir is not None:
                raise ValueError("work_dir needs files: only of those is it known that they are "
                                 "the same when the run goes on")
            models, notes = _core.train_on_texts(texts.open, texts.once, _given(spec), _given(run),
                                                 in_stages(report))
        else:
            models, notes = _core.train_on_paths(texts, _given(reading), _given(spec), _given(run),
                                                 in_stages(report))
    for note in notes:
        warnings.warn(note, stacklevel=2)
    trained = [Model(model) for model in models]
    return trained if several else trained[0]


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
