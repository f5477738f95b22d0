# SPDX-License-Identifier: Apache-2.0
"""Values that are none: each is refused at once, in a line that says what would do."""
from support import CliTest


class MistakenValuesTest(CliTest):

    def test_a_model_is_a_file(self):
        text = self.write("a.txt", b"some text\n")
        for command in (("encode", "-m", "-", text), ("inspect", "-m", "-"), ("decode", "-m", "-"),
                        ("evaluate", "-m", "-", text), ("convert", "-o", self.folder / "y", "-")):
            self.fails(*command, code=2, says="a model is not read from standard input; name a file")
        compiled = self.folder / "a.compiled"
        self.ok("convert", "--to", "compiled", "-o", compiled, self.model)
        data = bytearray(compiled.read_bytes())
        data[64] ^= 1
        damaged = self.write("b.compiled", bytes(data))
        self.fails("encode", "-m", damaged, text, says="damaged")

    def test_samples_and_flags(self):
        text = self.write("a.txt", b"some text\n" * 100)
        self.fails("train", "-o", self.folder / "m", "--grow-sample", "100k", text,
                   code=2, says="too small to choose 8000 tokens by; raise --grow-sample to 16M")
        self.fails("train", "-o", self.folder / "m", "--isolate-digits=maybe", text, code=2,
                   says='--isolate-digits: "maybe" is neither true nor false')
        small = self.folder / "small.model"
        self.ok("train", "-o", small, "--vocab-size", 270, "--quiet", text)
        self.assertNotIn(b"--grow-sample", self.ok("inspect", "-m", small))
