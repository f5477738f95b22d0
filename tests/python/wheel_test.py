# SPDX-License-Identifier: Apache-2.0
"""The wheel in an empty environment, without the repository and without Debian's libraries."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

from support import ROOT

# What the wheel brings, and so takes from nowhere else (bz2 and lzma Python loads itself).
BROUGHT = ("absl", "icu", "protobuf", "re2", "simdjson", "zstd", "gomp")

PROGRAM = """
import os, sys, unicodedata
import bytepiece_cpp
import bytepiece_cpp.reference, bytepiece_cpp.blocks

texts = ["how much wood would a woodchuck chuck", "if a woodchuck could chuck wood"]
model = bytepiece_cpp.train(texts, vocab_size=266)
model.save("my.model")
tokenizer = bytepiece_cpp.Tokenizer("my.model")
assert tokenizer.encode("chuck a woodchuck") == [264, 100, 265]
# Normalisation works without ICU's data.
text = "e\\u0301 \\u1112\\u1161\\u11ab \\uf900"
assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)
open("a.jsonl", "w").write('{"text": "wood"}\\n')
done, = tokenizer.encode_files("a.jsonl", "a.npy")
assert done.tokens == 4
assert len(tokenizer.encode_batch(texts * 1000)) == 2000
try:
    tokenizer.encode_files("a.parquet", "b.npy")
    sys.exit("without pyarrow?")
except ImportError:
    pass
with open("/proc/self/maps") as maps:
    print("\\n".join(sorted({line.split()[-1] for line in maps if ".so" in line})))
"""


NEW_USER = """
import pandas as pd, pyarrow as pa, pyarrow.parquet as pq
import bytepiece_cpp
from bytepiece_cpp.blocks import TokenBlocks
from transformers import AutoTokenizer

texts = [f"the wood number {i} of {i % 7} w\u00f6odchucks \u767d\u4e91\u673a\u573a" for i in range(300)]
pq.write_table(pa.table({"text": texts}), "corpus.parquet")
model = bytepiece_cpp.train("corpus.parquet", vocab_size=320, special_tokens=["<|user|>"])
model.save("my.model")

tokenizer = bytepiece_cpp.Tokenizer("my.model")
frame = pd.read_parquet("corpus.parquet")
column = pa.array(tokenizer.encode_batch(frame["text"]))
assert column.type == pa.list_(pa.uint32())
epoch = list(TokenBlocks(tokenizer, texts, 64, alpha=0.2))
assert len(epoch) * 64 >= len(column.values) - 64

tokenizer.export_huggingface("exported")
theirs = AutoTokenizer.from_pretrained("exported")
assert theirs(texts, add_special_tokens=False)["input_ids"] == column.to_pylist()
assert theirs.convert_tokens_to_ids("<|user|>") == tokenizer.token_to_id("<|user|>")
print("equal ids")
"""


class WheelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        built = subprocess.run(
            [ROOT / "python" / "build_wheel", "--python", sys.executable, "--output", cls.folder,
             "--define", "BYTEPIECE_WERROR=ON"], capture_output=True, text=True)
        if built.returncode != 0:
            raise AssertionError(built.stderr)
        cls.wheel = pathlib.Path(built.stdout.splitlines()[-1])

    def run_in_environment(self, name, wanted, program):
        """What a program prints in an empty environment with what pip is asked for."""
        environment = self.folder / name
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin/pip", "install", "--quiet",
                        "--disable-pip-version-check", *wanted], check=True)
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("PYTHON", "LD_", "BYTEPIECE"))}
        result = subprocess.run([environment / "bin/python", "-W", "ignore", "-c", program],
                                cwd=self.folder, env=clean, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        return environment, result.stdout.splitlines()

    def test_is_small_and_needs_numpy_alone(self):
        self.assertLess(self.wheel.stat().st_size, 10_000_000)
        self.assertIn("manylinux", self.wheel.name)
        with zipfile.ZipFile(self.wheel) as content:
            names = content.namelist()
            metadata = next(name for name in names if name.endswith("METADATA"))
            needs = [line for line in content.read(metadata).decode().splitlines()
                     if line.startswith("Requires-Dist") and "extra" not in line]
        self.assertEqual(len(needs), 1, needs)
        self.assertIn("numpy", needs[0])
        for name in ("py.typed", "_core.pyi", "tokenizer.py"):
            self.assertIn(f"bytepiece_cpp/{name}", names)

    def test_works_alone(self):
        environment, loaded = self.run_in_environment("alone", [self.wheel], PROGRAM)
        foreign = [path for path in loaded if not path.startswith(str(environment))
                   and any(name in pathlib.Path(path).name for name in BROUGHT)
                   and "/lib-dynload/" not in path]
        self.assertEqual(foreign, [])

    def test_a_new_user_s_path(self):
        _, printed = self.run_in_environment(
            "new_user", [f"bytepiece-cpp[arrow] @ {self.wheel.as_uri()}", "pandas", "transformers"],
            NEW_USER)
        self.assertEqual(printed[-1:], ["equal ids"])


if __name__ == "__main__":
    unittest.main()
