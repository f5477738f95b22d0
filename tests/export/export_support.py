# SPDX-License-Identifier: Apache-2.0
"""Exported models, and other libraries' runtimes that read them.

BYTEPIECE_RUNTIMES is a file that tools/export_runtimes wrote. What it says is missing is skipped,
with the reason.
"""
import array
import json
import os
import pathlib
import random
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "bench")]

from support import OWN_CORPUS, CliTest, read_ids, reference_model, run  # noqa: E402
import parity_texts  # noqa: E402

RUNTIMES = json.loads(pathlib.Path(os.environ["BYTEPIECE_RUNTIMES"]).read_text())

# Crosses lines, breaks characters, has all kinds of near ties; and its scores become whole.
PIECES = {b"\nb": 900, b"a\nb": 700, b"b\n\n": 80, b"ab": 300, b"bc": 300, b"abc": 40, b"aa": 100,
          b"aaa": 30, b"\xe4\xb8": 60, b"\xb8\xad\xe6": 50, "中文".encode(): 20, b" ": 500,
          b"<0x41>": 9, "▁".encode(): 8, b"\0a": 7, "e\u0301".encode(): 6, "é".encode(): 90,
          b"<eos>": 5}


class ExportedTest(CliTest):
    """Models of every kind, by name; subclasses say which runtimes they need."""
    needs = ()

    @classmethod
    def setUpClass(cls):
        for name in cls.needs:
            if "missing" in RUNTIMES[name]:
                raise unittest.SkipTest(f"{name}: {RUNTIMES[name]['missing']}")
        super().setUpClass()
        cls.models = {name: cls.class_folder / name for name in ("trained", "bytes", "crossing")}
        train = ("train", "--vocab-size", 1200, OWN_CORPUS)
        cls.must(*train, "--special-token", "<|user|>", "--special-token", "<| end|>",
                 "--pad-vocab-to", 16, "-o", cls.models["trained"])
        cls.must(*train, "--ensure-unicode=false", "--normalization", "none", "--scores", "whole",
                 "-o", cls.models["bytes"])
        small = cls.class_folder / "small.json"
        small.write_bytes(reference_model(PIECES))
        cls.must("convert", "--scores", "whole", "-o", cls.models["crossing"], small)

    @staticmethod
    def must(*arguments, stdin=b""):
        code, out, err = run(*arguments, stdin=stdin)
        assert code == 0, err
        return out

    def export(self, name, target, *options):
        path = self.folder / f"{name}.{target}"
        self.must("convert", "--to", target, *options, "-o", path, self.models[name])
        return path

    @staticmethod
    def texts(without=()):
        """Documents of several scripts, and what is awkward; none has one of `without`."""
        texts = [json.loads(line)["text"] for line in OWN_CORPUS.read_bytes().splitlines()]
        texts += parity_texts.look_alikes(())
        texts += [text[:2000] for text in parity_texts.repeats()]
        numbers = random.Random(7)
        pieces = [*PIECES, *(bytes([b]) for b in range(128))]
        texts += [b"".join(numbers.choices(pieces, k=200)).decode("utf-8", "ignore")
                  for _ in range(200)]
        texts += parity_texts.jamo(numbers)[:50]
        return [text for text in texts if not any(name in text for name in without)]

    def ours(self, name, texts):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
        return read_ids(self.must("encode", "--input-format", "jsonl", "-m", self.models[name],
                                  stdin=lines))

    def theirs(self, runtime, model, texts):
        """By bench/parity_worker.py or .mjs."""
        source, output = self.folder / "texts", self.folder / "ids"
        source.write_bytes(b"".join(len(text).to_bytes(4, "little") + text
                                    for text in map(str.encode, texts)))
        place = RUNTIMES[runtime.removesuffix("-plain")]["folder"]
        if runtime == "javascript":
            command = ["node", ROOT / "bench/parity_worker.mjs", place]
        else:
            command = [python(place), "-B", ROOT / "bench/parity_worker.py", runtime]
        done = subprocess.run([*command, model, source, output], capture_output=True, text=True,
                              env=environment(place), timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(self.documents(output.read_bytes()))

    @staticmethod
    def documents(data):
        numbers = array.array("I", data)
        at = 0
        while at < len(numbers):
            end = at + 1 + numbers[at]
            yield list(numbers[at + 1:end])
            at = end

    def assert_same_ids(self, texts, ours, theirs):
        self.assertEqual(len(ours), len(texts))
        self.assertEqual(len(theirs), len(texts))
        for text, one, other in zip(texts, ours, theirs):
            self.assertEqual(one, other, repr(text[:200]))


def python(place):
    return pathlib.Path(place).parent / "venv/bin/python"


def environment(place):
    return {**os.environ, "PYTHONPATH": str(place), "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false"}
