# SPDX-License-Identifier: Apache-2.0
"""bytepiece convert."""
from support import GOLDEN, OWN_CORPUS, CliTest


class ConvertTest(CliTest):

    def test_the_reference_s_model_there_and_back(self):
        reference = GOLDEN / "train" / "own_order6.model.1500"
        protobuf = self.folder / "m"
        self.ok("convert", "--to", "protobuf", "-o", protobuf, reference)
        self.assertNotEqual(protobuf.read_bytes()[:1], b"{")
        self.assertEqual(self.ok("convert", "--to", "json", "-o", "-", protobuf),
                         reference.read_bytes())
        self.assertEqual(self.ok("encode", "-m", protobuf, OWN_CORPUS),
                         self.ok("encode", "-m", reference, OWN_CORPUS))

    def test_special_tokens_take_reserved_places(self):
        padded = self.folder / "padded"
        self.ok("train", "--vocab-size", 300, "--special-token", "<|a|>", "--pad-vocab-to", 8, "-o",
                padded, OWN_CORPUS)
        first = self.folder / "first"
        self.ok("convert", "--add-special-token", "<|b|>", "-o", first, padded)
        ids = self.ok("encode", "-m", first, "--special-tokens", "allow", stdin=b"<|a|><|b|>")
        self.assertEqual(ids, b"299 300\n")
        more = [f"--add-special-token=<|{n}|>" for n in range(4)]
        full = self.folder / "full"
        self.ok("convert", *more, "-o", full, first)
        ids = self.ok("encode", "-m", full, "--special-tokens", "allow", stdin=b"<|a|><|3|>")
        self.assertEqual(ids, b"299 304\n")

    def test_what_json_cannot_hold_is_refused(self):
        self.fails("convert", "--to", "json", "-o", self.folder / "j", self.model,
                   says="the json format has no place for special or reserved tokens; use protobuf")
        plain = self.folder / "plain"
        self.ok("train", "--vocab-size", 300, "--normalization", "none", "-o", plain, OWN_CORPUS)
        self.fails("convert", "--to", "json", "-o", self.folder / "j", plain,
                   says="cannot hold the normalization none; use protobuf, or --normalization nfc")
        self.ok("convert", "--to", "json", "--normalization", "nfc", "-o", self.folder / "j", plain)

    def test_tokens_that_cannot_be_added(self):
        self.fails("convert", "--add-special-token", "<|end|>", "-o", self.folder / "m", self.model,
                   says='special token "<|end|>" occurs twice or is built in')
        self.fails("convert", "--add-special-token", "", "-o", self.folder / "m", self.model,
                   says="a special token is empty")

    def test_normalization_is_stored(self):
        none = self.folder / "none"
        self.ok("convert", "--normalization", "none", "-o", none, self.model)
        decomposed = "e\u0301".encode()
        ids = self.ok("encode", "-m", none, stdin=decomposed)
        self.assertEqual(self.ok("decode", "-m", none, stdin=ids), decomposed)
