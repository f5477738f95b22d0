# SPDX-License-Identifier: Apache-2.0
"""Type checkers see what is there: the package, and a program that uses it, pass mypy."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import bytepiece_cpp
from support import ROOT

PROGRAM = '''
import numpy as np
import bytepiece_cpp

model = bytepiece_cpp.train(["some", "texts"], vocab_size=300)
models = bytepiece_cpp.train(["some", "texts"], vocab_size=[300, 400])
reveal_type(model)  # Model
reveal_type(models)  # list[Model]
tokenizer = model.tokenizer()
reveal_type(tokenizer.encode("text", special_tokens="allow"))  # list[int]
batch = tokenizer.encode_batch(["text"])
reveal_type(batch[0:1])  # TokenBatch
reveal_type(tokenizer.decode(np.array([3])))  # str
'''
WRONG = ['tokenizer.encode(5)', 'tokenizer.encode("a", special_tokens="perhaps")',
         'batch.padded(side="both")', 'tokenizer.encode_batch(["a"], thread=1)']


class TypesTest(unittest.TestCase):
    def mypy(self, *paths):
        with tempfile.TemporaryDirectory() as cache:
            return subprocess.run(
                [sys.executable, "-m", "mypy", "--config-file",
                 str(ROOT / "python" / "pyproject.toml"), "--cache-dir", cache, *paths],
                capture_output=True, text=True, env={**os.environ, "MYPYPATH": self.root})

    def setUp(self):
        self.package = pathlib.Path(bytepiece_cpp.__file__).parent
        self.root = str(self.package.parent)

    def test_the_package_and_its_stub(self):
        result = self.mypy(str(self.package))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_program_that_uses_it(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program.py")
            program.write_text(PROGRAM + "\n".join(WRONG) + "\n")
            result = self.mypy(str(program))
        for i, line in enumerate(PROGRAM.splitlines(), 1):
            if "  # " in line:
                expected = line.partition("  # ")[2]
                shown = [each for each in result.stdout.splitlines() if f".py:{i}:" in each]
                self.assertTrue(shown and expected in shown[0].replace("builtins.", "").replace(
                    "bytepiece_cpp.models.", "").replace("bytepiece_cpp.batches.", ""), shown)
        first = len(PROGRAM.splitlines()) + 1
        for i, line in enumerate(WRONG, first):
            self.assertRegex(result.stdout, rf"program\.py:{i}: error", line)
        self.assertEqual(result.stdout.count(": error"), len(WRONG), result.stdout)


if __name__ == "__main__":
    unittest.main()
