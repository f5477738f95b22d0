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

# What the wheel brings, and so takes from nowhere else.
BROUGHT = ("absl", "icu", "protobuf", "re2", "simdjson", "zstd", "lzma", "bz2", "gomp")

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


class WheelTest(unittest.TestCase):
    def test_installs_and_works_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            built = subprocess.run(
                [ROOT / "python" / "build_wheel", "--python", sys.executable, "--output", folder,
                 "--define", "BYTEPIECE_WERROR=ON"], capture_output=True, text=True)
            self.assertEqual(built.returncode, 0, built.stderr)
            wheel = pathlib.Path(built.stdout.splitlines()[-1])
            self.assertLess(wheel.stat().st_size, 10_000_000)
            self.assertIn("manylinux", wheel.name)
            with zipfile.ZipFile(wheel) as content:
                names = content.namelist()
                metadata = next(name for name in names if name.endswith("METADATA"))
                needs = [line for line in content.read(metadata).decode().splitlines()
                         if line.startswith("Requires-Dist") and "extra" not in line]
            self.assertEqual(len(needs), 1, needs)
            self.assertIn("numpy", needs[0])
            for name in ("py.typed", "_core.pyi", "tokenizer.py"):
                self.assertIn(f"bytepiece_cpp/{name}", names)
            self.use(wheel, folder)

    def use(self, wheel, folder):
        environment = pathlib.Path(folder, "venv")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin/pip", "install", "--quiet",
                        "--disable-pip-version-check", wheel], check=True)
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("PYTHON", "LD_", "BYTEPIECE"))}
        result = subprocess.run([environment / "bin/python", "-W", "ignore", "-c", PROGRAM],
                                cwd=folder, env=clean, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        foreign = [path for path in result.stdout.splitlines()
                   if not path.startswith(str(environment))
                   and any(name in pathlib.Path(path).name for name in BROUGHT)
                   and "/lib-dynload/" not in path]
        self.assertEqual(foreign, [])


if __name__ == "__main__":
    unittest.main()
