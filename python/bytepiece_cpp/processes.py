# SPDX-License-Identifier: Apache-2.0
"""How many threads a call uses where nobody says.

All cores in the main process, one in a worker process: a pool of workers has the cores already.
"""

import multiprocessing
import os
import sys

_forked = False


def _note_fork() -> None:
    global _forked
    _forked = True


os.register_at_fork(after_in_child=_note_fork)


def in_worker_process() -> bool:
    """Whether this process was forked, or is a worker of multiprocessing or multiprocess."""
    if _forked or multiprocessing.parent_process() is not None:
        return True
    other = sys.modules.get("multiprocess")  # of datasets.map
    return other is not None and other.process.parent_process() is not None


def threads_for(threads: int) -> int:
    """The number of threads that `threads` stands for; 0 to the core library is all cores."""
    if threads < 0:
        raise ValueError(f"threads is {threads}; give 0 for as many as there are cores, or more")
    return 1 if threads == 0 and in_worker_process() else threads
