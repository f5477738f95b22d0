# SPDX-License-Identifier: Apache-2.0
"""bytepiece decode: the way back from every format."""
import json
import random
import unicodedata

from support import CliTest, text

BINARY = ("npy", "bin", "megatron")  # with a --dtype
ALL_FORMATS = ("ids", "pieces", "jsonl", *BINARY)


def awkward_bytes():
    generator = random.Random(5)
    return (bytes(range(256)) + b"\n\n\n \t\r\n" + generator.randbytes(5000)
            + "e\u0301 가 \u1100\u1161 \ufdfa".encode() + b"<|end|> <eos> \\! \\n" + b"\n" * 3)


class DecodeTest(CliTest):

    def decode(self, *arguments, stdin=b""):
        return self.ok("decode", "-m", self.model, *arguments, stdin=stdin)

    def test_every_format_gives_every_byte_back(self):
        for data in (awkward_bytes(), b"", b"\n", text()):
            source = self.write("source", data)
            for form in ALL_FORMATS:
                for dtype in ("auto", "uint16", "uint32")[:3 if form in BINARY else 1]:
                    with self.subTest(form=form, dtype=dtype, size=len(data)):
                        tokens = self.folder / "tokens"
                        options = ("--format", form, "--dtype", dtype)
                        self.ok("encode", "-m", self.model, *options, "--normalization", "none",
                                "-o", tokens, source)
                        self.assertEqual(self.decode(*options, tokens), data)
                        if form != "megatron":
                            self.assertEqual(
                                self.decode(*options, stdin=tokens.read_bytes()), data)

    def test_normalised_text_comes_back_normalised(self):
        nfd = unicodedata.normalize("NFD", "café naïve 가")
        ids = self.ok("encode", "-m", self.model, stdin=nfd.encode())
        self.assertEqual(self.decode(stdin=ids).decode(), unicodedata.normalize("NFC", nfd))

    def test_separators_restore_lines(self):
        source = b"one\n\nthree\n"
        ids = self.ok("encode", "-m", self.model, "--document", "line", stdin=source)
        self.assertEqual(self.decode("--document-separator", r"\n", stdin=ids), source)
        self.assertEqual(self.decode("--document-separator", "<>", stdin=ids), b"one<><>three<>")
        self.assertEqual(self.decode(stdin=ids), b"onethree")

    def test_arrays_end_documents_at_eos(self):
        for form in ("npy", "bin"):
            tokens = self.ok("encode", "-m", self.model, "--eos", "--document", "line", "--format",
                             form, stdin=b"one\n\nthree\n")
            out = self.decode("--format", form, "--to", "jsonl", stdin=tokens)
            self.assertEqual([json.loads(line) for line in out.splitlines()],
                             [{"text": "one"}, {"text": ""}, {"text": "three"}])

    def test_json_lines_out(self):
        ids = self.ok("encode", "-m", self.model, stdin="a\n\"世界\"\\\n".encode())
        (line,) = self.decode("--to", "jsonl", "--field", "content", stdin=ids).splitlines()
        self.assertEqual(json.loads(line), {"content": "a\n\"世界\"\\\n"})
        ids = self.ok("encode", "-m", self.model, stdin=b"\xff")
        self.fails("decode", "-m", self.model, "--to", "jsonl", stdin=ids,
                   says="document 1 is not valid UTF-8, which JSON must be; use --to text")

    def test_control_and_special_tokens(self):
        ids = self.ok("encode", "-m", self.model, "--bos", "--eos", "--special-tokens", "allow",
                      stdin=b"a<|end|>b")
        self.assertEqual(self.decode(stdin=ids), b"a<|end|>b")
        self.assertEqual(self.decode("--skip-special-tokens", stdin=ids), b"ab")
        self.assertEqual(self.decode("--control-tokens", stdin=ids), b"<bos>a<|end|>b<eos>")

    def test_several_inputs_and_an_output(self):
        a = self.write("a.ids", self.ok("encode", "-m", self.model, stdin=b"one "))
        self.ok("encode", "-m", self.model, "-o", self.folder / "b.npy", stdin=b"two")
        self.decode(a, self.folder / "b.npy", "-o", self.folder / "out")
        self.assertEqual((self.folder / "out").read_bytes(), b"one two")

    def test_ids_that_are_none(self):
        self.write("out", b"earlier")
        for arguments, stdin, says in (
                ((), b"3 4\n5 600\n",
                 "standard input (document 2): id 600 is outside the vocabulary of 600"),
                ((), b"-1\n", "id -1 is outside"),
                ((), b"3 x\n", 'standard input:1: "x" is not an id'),
                (("--format", "bin"), b"abc", "standard input: ends within an id"),
                ((self.folder / "none",), b"",
                 f"cannot open {self.folder / 'none'}: No such file or directory")):
            self.fails("decode", "-m", self.model, "-o", self.folder / "out", *arguments,
                       stdin=stdin, says=says)
