# SPDX-License-Identifier: Apache-2.0
"""bytepiece convert."""
from support import GOLDEN, OWN_CORPUS, CliTest, reference_model, run


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

    def test_special_tokens_that_json_cannot_hold_are_left_out_with_a_warning(self):
        padded = self.folder / "padded"
        self.ok("convert", "--scores", "log", "--add-special-token", "<|b\n|>", "-o", padded,
                self.model)
        code, json, err = run("convert", "--to", "json", "-o", "-", padded)
        self.assertEqual((code, err), (0, "bytepiece: warning: the json format has no place for "
                                       'special tokens; left out: "<|end|>", "<|b\\n|>"\n'))
        plain = self.write("plain", json)
        self.assertEqual(self.ok("encode", "-m", plain, OWN_CORPUS),
                         self.ok("encode", "-m", padded, OWN_CORPUS))
        self.ok("train", "--vocab-size", 300, "--pad-vocab-to", 64, "-o", padded, OWN_CORPUS)
        _, _, err = run("convert", "--to", "json", "-o", plain, padded)
        self.assertIn("left out: 20 reserved tokens", err)

    def test_what_json_cannot_hold_is_refused(self):
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

    def test_scores_there_and_back(self):
        # Told apart by a piece that whole scores prefer and logarithms do not: "ab" + "c" has
        # 0.0056 nats more than "a" + "bc", and one 64th less.
        log = self.write("log", reference_model({b"ab": 70, b"c": 356, b"a": 118, b"bc": 210}))
        protobuf, whole, back = self.folder / "p", self.folder / "w", self.folder / "b"
        self.ok("convert", "-o", protobuf, log)
        self.ok("convert", "--scores", "whole", "-o", whole, log)
        self.assertEqual(self.ok("encode", "--format", "pieces", "-m", log, stdin=b"abc"),
                         b"ab\tc\n")
        self.assertEqual(self.ok("encode", "--format", "pieces", "-m", whole, stdin=b"abc"),
                         b"a\tbc\n")
        self.ok("convert", "--scores", "log", "-o", back, whole)
        self.assertEqual(back.read_bytes(), protobuf.read_bytes())
        self.ok("convert", "-o", back, whole)  # as it is
        self.assertEqual(back.read_bytes(), whole.read_bytes())
        compiled = self.folder / "c"
        self.ok("convert", "--to", "compiled", "-o", compiled, whole)
        self.assertEqual(self.ok("encode", "--format", "pieces", "-m", compiled, stdin=b"abc"),
                         b"a\tbc\n")
        self.ok("convert", "-o", back, compiled)
        self.assertEqual(back.read_bytes(), whole.read_bytes())

    def test_what_other_scores_change_is_told(self):
        log = self.write("log", reference_model({b"ab": 70, b"c": 356, b"a": 118, b"bc": 210}))
        texts = [self.write(name, data) for name, data in
                 (("1.txt", b"abc\nabc cab\n"), ("2.jsonl", b'{"text": "bcbc"}\n{"text": "x"}\n'))]
        code, out, err = run("convert", "--scores", "whole", "--compare", *texts, "-o",
                             self.folder / "w", log)
        self.assertEqual((code, out), (0, b""), err)
        self.assertEqual(err, "compared         3 documents, 17 bytes\n"
                              "ids that change  4 of 12 (33.3333 %), 0 of them by exact ties\n"
                              "tokens           12, then 12 (+0.0000 %)\n")
        tie = self.write("tie", reference_model({b"ab": 401, b"c": 300, b"a": 300, b"bc": 400}))
        code, out, err = run("convert", "--scores=whole", "--compare", texts[0], "-o", "-", tie)
        self.assertEqual(code, 0, err)
        self.assertIn("ids that change  4 of 9 (44.4444 %), 4 of them by exact ties\n", err)
        whole = self.write("whole", out)
        code, _, again = run("convert", "--scores=log", "--compare", texts[0], "-o", "-", whole)
        self.assertEqual((code, again), (0, err))  # the same, the other way round
        code, _, err = run("convert", "--compare", texts[0], "-o", "-", whole)
        self.assertIn("ids that change  0 of 9 (0.0000 %)", err)

    def test_comparing_reads_before_it_writes(self):
        text = self.write("1.txt", b"abc\n")
        self.fails("convert", "--compare", self.folder / "none", "-o", self.folder / "w",
                   self.model, says="there is no file")
        self.fails("convert", "--compare", text, "-o", text, self.model, code=2, says="1.txt")

    def test_json_has_no_place_for_whole_scores(self):
        whole = self.folder / "w"
        reference = self.write("log", reference_model({b"ab": 70, b"bc": 210}))
        self.ok("convert", "--scores", "whole", "-o", whole, reference)
        code, json, err = run("convert", "--to", "json", "-o", "-", whole)
        self.assertEqual(code, 0)
        self.assertEqual(err.count("\n"), 1)
        self.assertIn("warning: the json format has no place for whole scores, and its readers "
                      "score by logarithms", err)
        self.assertEqual(json, reference.read_bytes())
        code, _, err = run("convert", "--to", "json", "--scores", "log", "-o", "-", whole)
        self.assertEqual((code, err), (0, ""))
        self.fails("convert", "--to", "json", "--scores", "whole", "-o", "-", whole,
                   says="cannot hold whole ones; use protobuf, or --scores log")

    def test_a_compiled_model_serves_every_command(self):
        compiled = self.folder / "compiled"
        self.ok("convert", "--to", "compiled", "-o", compiled, self.model)
        for command in ("encode", "sample", "inspect"):
            arguments = ["--seed", "3"] if command == "sample" else []
            text = [] if command == "inspect" else [OWN_CORPUS]
            made = self.ok(command, "-m", self.model, *arguments, *text)
            mapped = self.ok(command, "-m", compiled, *arguments, *text)
            self.assertEqual(mapped.replace(str(compiled).encode(), str(self.model).encode()),
                             made, command)
        back = self.folder / "back"
        self.ok("convert", "-o", back, compiled)
        self.assertEqual(back.read_bytes(), self.model.read_bytes())
        compiled.write_bytes(compiled.read_bytes()[:-1])
        self.assertEqual(self.ok("encode", "-m", compiled, OWN_CORPUS),
                         self.ok("encode", "-m", self.model, OWN_CORPUS))
