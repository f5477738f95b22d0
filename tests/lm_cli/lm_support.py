# SPDX-License-Identifier: Apache-2.0
"""bytepiece-lm, run like a person; a tokenizer and a text for all tests."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

BYTEPIECE = os.environ.get("BYTEPIECE_BINARY", "build/release/cli/bytepiece")
BINARY = os.environ.get("BYTEPIECE_LM_BINARY", "build/release/lm_cli/bytepiece-lm")
OWN_CORPUS = pathlib.Path(__file__).resolve().parent.parent / "golden/own_corpus.jsonl"

CONFIG = {
    "model": {"width": 16, "layers": [{"heads": 2, "ffn_width": 16}]},
    "training": {"steps": 6, "rows": 4, "length": 32, "warmup": 2, "learning_rate": 0.01,
                 "validate_every": 3, "checkpoint_every": 2, "validation_tokens": 500},
}


def _reset_signals():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(*arguments, **options):
    for stream in ("stdin", "stdout", "stderr"):
        options.setdefault(stream, subprocess.PIPE)
    return subprocess.Popen([BINARY, *map(str, arguments)], preexec_fn=_reset_signals, **options)


def run(*arguments):
    """(exit code, standard output, standard error as text)."""
    process = start(*arguments)
    out, err = process.communicate(timeout=300)
    lines = err.decode("utf-8", "replace").splitlines(keepends=True)
    # Said beside all else on a machine without a fast BLAS.
    return process.returncode, out, "".join(l for l in lines if "the reference BLAS" not in l)


def read_log(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class LmTest(unittest.TestCase):

    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.class_folder = pathlib.Path(tempfile.mkdtemp(prefix="bytepiece-lm-"))
        cls.addClassCleanup(shutil.rmtree, cls.class_folder, ignore_errors=True)
        cls.tokenizer = cls.class_folder / "tokenizer"
        subprocess.run([BYTEPIECE, "train", "--vocab-size", "400", "--quiet", "-o", cls.tokenizer,
                        OWN_CORPUS], check=True)
        cls.config = cls.class_folder / "config.json"
        cls.config.write_text(json.dumps(CONFIG))
        # A model for commands that read one.
        cls.model = cls.class_folder / "model"
        code, _, err = run("train", "--config", cls.config, "--tokenizer", cls.tokenizer,
                           "--train", OWN_CORPUS, "--output", cls.model, "--quiet")
        assert code == 0, err

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bytepiece-lm-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def ok(self, *arguments):
        """Standard output of a run that must succeed."""
        code, out, err = run(*arguments)
        self.assertEqual(code, 0, err)
        return out

    def fails(self, *arguments, code=1, says):
        """A run that must fail, with one line that contains `says`."""
        got, out, err = run(*arguments)
        self.assertEqual(got, code, err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("bytepiece-lm: "), err)
        self.assertIn(says, err)
        self.assertEqual(out, b"")
