# SPDX-License-Identifier: Apache-2.0
"""Runs the binary like a person, and reads its files without its help."""
import array
import ast
import base64
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

BINARY = os.environ.get("BYTEPIECE_BINARY", "build/release/cli/bytepiece")
# Ten times as slow, and shadow memory counts as resident.
SANITIZED = bool(os.environ.get("BYTEPIECE_SANITIZED"))
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
OWN_CORPUS = GOLDEN / "own_corpus.jsonl"

# A terminal's Ctrl-C must reach the program even if the tests run in the
# background of a shell that ignores it.
def _reset_signals():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def start(*arguments, **options):
    """The running program, its streams pipes of bytes."""
    for stream in ("stdin", "stdout", "stderr"):
        options.setdefault(stream, subprocess.PIPE)
    return subprocess.Popen([BINARY, *map(str, arguments)], preexec_fn=_reset_signals, **options)


def kill_after(seconds, *arguments):
    """Whether the program was killed then; False if it had ended well by itself."""
    process = start(*arguments)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    _, err = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(f"exit code {process.returncode}: {err}")
    return process.returncode != 0


def run(*arguments, stdin=b"", cwd=None):
    """(exit code, standard output, standard error as text)."""
    process = start(*arguments, cwd=cwd)
    out, err = process.communicate(stdin, timeout=300)
    return process.returncode, out, err.decode("utf-8", "replace")


def text(*paragraphs):
    """Some text of several scripts, the same on every run."""
    generator = random.Random(20260101)
    words = ["the", "model", "reads", "bytes", "世界", "你好", "слова", "état", "naïve", "12345",
             "e\u0301", "{\"a\": 1}", "  ", "\t", "😀"]
    lines = [" ".join(generator.choice(words) for _ in range(12)) for _ in range(300)]
    return ("\n".join(lines) + "\n\n\n" + "".join(paragraphs)).encode()


def random_words(megabytes):
    """Text of rarely repeated n-grams but few frequent ones: letters drawn at random."""
    generator = random.Random(7)
    alphabet = b"etaoinshrdlucmfwypvbgkqjxz" + 12 * b"eta oin " + b"    \n"
    table = bytes(alphabet[i % len(alphabet)] for i in range(256))
    return b"".join(generator.randbytes(1 << 20).translate(table) for _ in range(megabytes))


def reference_model(pieces):
    """A model in the reference's JSON: the given pieces, and all bytes with count 1."""
    counts = {bytes([b]): 1 for b in range(256)} | pieces
    table = {base64.b64encode(piece).decode(): [i, piece.decode("utf-8", "ignore"), counts[piece]]
             for i, piece in enumerate(sorted(counts, key=lambda p: (len(p), p)), 3)}
    return json.dumps(table, indent=4, ensure_ascii=False).encode()


class CliTest(unittest.TestCase):
    """A folder of its own for each test, a model for all."""

    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.class_folder = pathlib.Path(tempfile.mkdtemp(prefix="bytepiece-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.class_folder, ignore_errors=True)
        cls.model = cls.class_folder / "model"
        code, _, err = run("train", "--vocab-size", 600, "--special-token", "<|end|>", "-o",
                           cls.model, OWN_CORPUS)
        assert code == 0, err

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bytepiece-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def ok(self, *arguments, stdin=b"", cwd=None):
        """Standard output of a run that must succeed."""
        code, out, err = run(*arguments, stdin=stdin, cwd=cwd)
        self.assertEqual(code, 0, err)
        return out

    def fails(self, *arguments, code=1, says, stdin=b""):
        """A run that must fail, with one line that contains `says`."""
        before = self.files()
        got, out, err = run(*arguments, stdin=stdin)
        self.assertEqual(got, code, err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("bytepiece: "), err)
        self.assertIn(says, err)
        self.assertEqual(out, b"")
        self.assertEqual(self.files(), before, "a failed run changed files")

    def files(self):
        """Path -> content of everything in the test's folder."""
        return {str(p.relative_to(self.folder)): p.read_bytes()
                for p in self.folder.rglob("*") if p.is_file()}


def read_ids(data):
    return [[int(word) for word in line.split()] for line in data.decode().splitlines()]


def read_array(data, code):
    values = array.array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return list(values)


def read_npy(data):
    """As numpy.load, for format 1.0."""
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    (length,) = struct.unpack("<H", data[8:10])
    assert (10 + length) % 64 == 0
    header = ast.literal_eval(data[10:10 + length].decode("latin-1"))
    assert header["fortran_order"] is False
    code = {"<u2": "H", "<u4": "I"}[header["descr"]]
    values = read_array(data[10 + length:], code)
    assert header["shape"] == (len(values),)
    return header["descr"], values


def read_megatron(prefix):
    """Type code and the ids of each document, as Megatron-LM's IndexedDataset."""
    idx = pathlib.Path(f"{prefix}.idx").read_bytes()
    assert idx[:9] == b"MMIDIDX\x00\x00"
    version, code, sequences, boundaries = struct.unpack_from("<QBQQ", idx, 9)
    assert version == 1
    position = 9 + 25
    lengths = struct.unpack_from(f"<{sequences}i", idx, position)
    position += 4 * sequences
    offsets = struct.unpack_from(f"<{sequences}q", idx, position)
    position += 8 * sequences
    starts = struct.unpack_from(f"<{boundaries}q", idx, position)
    assert position + 8 * boundaries == len(idx)
    data = pathlib.Path(f"{prefix}.bin").read_bytes()
    size, kind = {4: (4, "i"), 8: (2, "H")}[code]
    parts = [read_array(data[o:o + n * size], kind) for o, n in zip(offsets, lengths)]
    assert sum(lengths) * size == len(data)
    return code, [sum(parts[a:b], []) for a, b in zip(starts, starts[1:])]


def read_json_lines(data):
    return [json.loads(line) for line in data.decode().splitlines()]
