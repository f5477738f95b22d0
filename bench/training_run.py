# SPDX-License-Identifier: Apache-2.0
"""Runs the program for the studies of training, and reads what it made."""
import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("BYTEPIECE_SHARED", ROOT.parent / "shared"))
BINARY = pathlib.Path(os.environ.get("BYTEPIECE_BINARY", ROOT / "build/release/cli/bytepiece"))


def packed(name):
    """The training part of one of the shared corpora."""
    return SHARED / f"corpora/{name}.train.jsonl.zst"


def documents_of(sets):
    """The lines of these corpora and how long their texts are, in bytes."""
    documents = []
    for name in sets.split(","):
        data = subprocess.run(["zstd", "-dc", packed(name)], check=True, capture_output=True).stdout
        for line in data.splitlines(keepends=True):
            documents.append((line, len(json.loads(line)["text"].encode())))
    return documents


def peak_of(pid):
    """Peak resident bytes so far. Not ru_maxrss: that begins with this script's own size."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((1024 * int(line.split()[1]) for line in status
                         if line.startswith("VmHWM:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def run(*arguments):
    """(seconds, CPU seconds, peak resident bytes) of a run that must succeed."""
    start = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([BINARY, *map(str, arguments)])
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(0.02)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        sys.exit(f"{BINARY} {' '.join(map(str, arguments))} failed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, cpu, peak


def entries_of(path):
    """Number of entries of a count file (docs/count-files.md)."""
    with open(path, "rb") as file:
        file.seek(-47, os.SEEK_END)
        index, blocks = struct.unpack("<QQ", file.read(16))
        file.seek(index)
        data = file.read(28 * blocks)
    return sum(struct.unpack_from("<I", data, 28 * i + 20)[0] for i in range(blocks))


def stages_of(log):
    """The last report of each stage, of a --log-json file."""
    reports = [json.loads(line) for line in log.read_text().splitlines()]
    return [report for report in reports if report["event"] == "end"]
