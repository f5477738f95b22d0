# SPDX-License-Identifier: Apache-2.0
"""How long work tells where it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Union


class Progress(NamedTuple):
    """Where work is: in a stage, and how much of it is done, in `unit`."""

    stage: int = 1
    stages: int = 1
    name: str = ""
    done: int = 0
    total: int = 0
    """0 if it is not known."""
    unit: str = ""
    memory: int = 0
    """Resident bytes; 0 if it is not known."""
    spilled: int = 0
    """Bytes written to disk for want of memory."""


ProgressArgument = Union[bool, Callable[[Progress], object], None]
"""True: a bar of tqdm, if that is installed. A callable is called some times a second."""


class _Bar:
    """A bar of tqdm for each stage."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._stage = 0
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self.close()
            self._stage = progress.stage
            name = progress.name
            if progress.stages > 1:
                name = f"{progress.stage}/{progress.stages} {name}"
            self._bar = self._tqdm(total=progress.total or None, desc=name, unit="B",
                                   unit_scale=True, unit_divisor=1024)
        self._bar.total = progress.total or None
        self._bar.update(progress.done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextlib.contextmanager
def reporting(progress: ProgressArgument) -> Iterator[Callable[[Progress], object] | None]:
    """What to call with each Progress; nothing if nobody wants to know."""
    if progress is None or progress is False:
        yield None
    elif progress is True:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            yield None
            return
        bar = _Bar(tqdm)
        try:
            yield bar
        finally:
            bar.close()
    elif callable(progress):
        yield progress
    else:
        raise TypeError("progress must be True, a callable or None, "
                        f"not {type(progress).__name__}")


def in_bytes(report: Callable[[Progress], object] | None,
             name: str) -> Callable[[int, int], object] | None:
    """The same for work that tells how many bytes are done, and of how many."""
    if report is None:
        return None
    return lambda done, total: report(Progress(name=name, done=done, total=total, unit="bytes"))


def in_stages(report: Callable[[Progress], object] | None) -> Callable[..., object] | None:
    """The same for work that tells all the fields."""
    if report is None:
        return None
    return lambda *fields: report(Progress(*fields))
