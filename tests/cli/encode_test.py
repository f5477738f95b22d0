# SPDX-License-Identifier: Apache-2.0
"""bytepiece encode: every format, read by an independent reader."""
import gzip
import json
import os
import unicodedata

from support import (GOLDEN, OWN_CORPUS, CliTest, read_array, read_ids, read_json_lines,
                     read_megatron, read_npy, run, start, text)

BOS, EOS = 1, 2


class EncodeTest(CliTest):

    def encode(self, *arguments, stdin=b""):
        return self.ok("encode", "-m", self.model, *arguments, stdin=stdin)

    def test_the_reference_s_ids(self):
        for golden in sorted((GOLDEN / "encode").glob("own*.ids.gz")):
            corpus, model = golden.name.removesuffix(".ids.gz").split("__")
            path = GOLDEN / "train" / model
            if not path.exists():
                continue
            corpus = OWN_CORPUS if corpus == "own" else GOLDEN / "own_corpus2.jsonl"
            for threads in (1, 3):
                with self.subTest(golden=golden.name, threads=threads):
                    ids = self.ok("encode", "-m", path, "--threads", threads, corpus)
                    self.assertEqual(ids, gzip.decompress(golden.read_bytes()))

    def test_all_formats_hold_the_same_ids(self):
        corpus = self.write("c.txt", text())
        expected = read_ids(self.encode("--document", "line", corpus))
        self.assertGreater(len(expected), 300)
        flat = sum(expected, [])
        options = ("--document", "line", corpus, "--format")
        lines = read_json_lines(self.encode(*options, "jsonl"))
        self.assertEqual(lines, [{"ids": ids} for ids in expected])
        self.assertEqual(read_npy(self.encode(*options, "npy")), ("<u2", flat))
        self.assertEqual(read_npy(self.encode(*options, "npy", "--dtype", "uint32")), ("<u4", flat))
        self.assertEqual(read_array(self.encode(*options, "bin"), "H"), flat)
        self.assertEqual(read_array(self.encode(*options, "bin", "--dtype", "uint32"), "I"), flat)
        prefix = self.folder / "dataset"
        self.encode(*options, "megatron", "-o", prefix)
        self.assertEqual(read_megatron(prefix), (8, expected))
        self.encode(*options, "megatron", "--dtype", "uint32", "-o", prefix)
        self.assertEqual(read_megatron(prefix), (4, expected))

    def test_files_and_standard_output_hold_the_same(self):
        corpus = self.write("c.txt", text())
        for name in ("a.npy", "a.bin", "a.jsonl", "a.pieces", "a.ids"):
            with self.subTest(name=name):
                path = self.folder / name
                self.encode(corpus, "-o", path)  # the format follows from the name
                form = name.split(".")[1]
                self.assertEqual(path.read_bytes(), self.encode(corpus, "--format", form))

    def test_pieces_are_readable(self):
        out = self.encode("--format", "pieces", "--special-tokens", "allow", "--bos", "--eos",
                          stdin="a\tb\\<|end|>\n\xe9".encode("latin-1"))
        tokens = out.decode().rstrip("\n").split("\t")
        self.assertEqual(tokens[0], "\\!<bos>")
        self.assertEqual(tokens[-1], "\\!<eos>")
        self.assertIn("\\!<|end|>", tokens)
        self.assertEqual("".join(tokens), "\\!<bos>a\\tb\\\\\\!<|end|>\\n\\xE9\\!<eos>")

    def test_offsets_are_half_open_ranges_of_the_input(self):
        source = "cafe\u0301 naïve 世界\n".encode() + b"\xff"
        (line,) = read_json_lines(
            self.encode("--format", "jsonl", "--offsets", "--bos", "--eos", stdin=source))
        offsets = line["offsets"]
        self.assertEqual(len(offsets), len(line["ids"]))
        self.assertEqual(offsets[0], [0, 0])
        self.assertEqual(offsets[-1], [len(source)] * 2)
        self.assertEqual(b"".join(source[a:b] for a, b in offsets), source)
        self.assertTrue(all(a[1] == b[0] for a, b in zip(offsets, offsets[1:])))

    def test_bos_and_eos(self):
        plain = read_ids(self.encode("--document", "line", stdin=b"a\n\nb"))
        both = read_ids(self.encode("--document", "line", "--bos", "--eos", stdin=b"a\n\nb"))
        self.assertEqual(len(plain), 3)
        self.assertEqual(both, [[BOS, *ids, EOS] for ids in plain])

    def test_special_tokens_are_text_unless_allowed(self):
        source = b"a<|end|>b<eos>"
        plain = read_ids(self.encode(stdin=source))[0]
        self.assertEqual(self.encode("--special-tokens", "plain", stdin=source),
                         self.encode(stdin=source))
        self.assertTrue(all(2 < i < 599 for i in plain), plain)
        allowed = read_ids(self.encode("--special-tokens", "allow", stdin=source))[0]
        self.assertEqual([i for i in allowed if i <= 2 or i == 599], [599])
        self.assertEqual(allowed, read_ids(self.encode("--allow-special", "<|end|>",
                                                       stdin=source))[0])
        self.assertEqual(allowed[:-5], read_ids(self.encode(
            "--special-tokens", "forbid", "--allow-special", "<|end|>", stdin=source[:-5]))[0])
        for token, why in (("<|none|>", "the model has no such special token"),
                           ("<eos>", "no text becomes a control token")):
            self.fails("encode", "-m", self.model, "--allow-special", token, code=2, stdin=source,
                       says=f"--allow-special {token}: {why}")
        code, out, err = run("encode", "-m", self.model, "--special-tokens", "forbid", stdin=source)
        self.assertEqual((code, out), (1, b""))
        self.assertIn("standard input (document 1): ", err)
        self.assertIn("<|end|>", err)

    def test_documents(self):
        source = b"one\n--\ntwo\n--\n"
        self.assertEqual(len(read_ids(self.encode(stdin=source))), 1)
        self.assertEqual(len(read_ids(self.encode("--document", "line", stdin=source))), 4)
        self.assertEqual(self.encode("--document", r"\n--\n", stdin=source),
                         self.encode("--document", "line", stdin=b"one\ntwo"))
        self.assertEqual(self.encode("--document", r"\0", stdin=b"one\0two"),
                         self.encode("--document", r"\x00", stdin=b"one\0two"))

    def test_normalization_can_be_turned_off(self):
        decomposed = unicodedata.normalize("NFD", "café").encode()
        composed = "café".encode()
        self.assertEqual(self.encode(stdin=decomposed), self.encode(stdin=composed))
        self.assertNotEqual(self.encode("--normalization", "none", stdin=decomposed),
                            self.encode(stdin=composed))

    def test_any_threads_and_batches(self):
        # Some 17 MB: several batches, documents of very different lengths.
        lines = [text() * (1 + i % 30) for i in range(80)]
        corpus = self.write("c.jsonl", b"".join(
            json.dumps({"text": line.decode()}).encode() + b"\n" for line in lines))
        self.assertGreater(corpus.stat().st_size, 10_000_000)
        outputs = {self.encode("--format", "bin", "--threads", n, corpus) for n in (1, 2, 7)}
        self.assertEqual(len(outputs), 1)
        (once,) = {self.encode("--format", "bin", stdin=text())}
        self.assertEqual(next(iter(outputs)), b"".join(once * (1 + i % 30) for i in range(80)))

    def test_a_long_document_is_the_same_in_parts(self):
        # Several MB, with newline runs and combining marks where it may be cut.
        long = b"".join(text("\n" * (i % 5), "\u0301" * (i % 3), "x" * (i % 7)) for i in range(200))
        self.assertGreater(len(long), 4_000_000)
        corpus = self.write("c.txt", long)
        options = ("--bos", "--eos", "--offsets", "--format", "jsonl", corpus)
        whole = self.encode(*options, "--special-tokens", "forbid")  # is never cut
        self.assertEqual(len(read_json_lines(whole)), 1)
        for threads in (1, 3):
            self.assertTrue(self.encode(*options, "--threads", threads) == whole)

    def test_a_document_that_is_one_long_line(self):
        # Beside shorter ones, as one thread's work and as all threads'.
        line = text().decode().replace("\n", " ")
        line *= 5_000_000 // len(line.encode()) + 1
        corpus = self.write("c.jsonl", b"".join(
            json.dumps({"text": one}).encode() + b"\n" for one in (line, "short", line[::-1])))
        outputs = {self.encode("--format", "bin", "--threads", n, corpus) for n in (1, 3)}
        self.assertEqual(len(outputs), 1)

    def test_one_output_for_each_input(self):
        self.write("in/a.txt", b"first\n")
        self.write("in/sub/b.txt.gz", gzip.compress(b"second\n"))
        self.write("in/sub/none.jsonl", b"")
        self.write("in/z.jsonl", b'{"text": "third"}\n{"text": "fourth"}\n')
        self.encode("--output-dir", self.folder / "out", self.folder / "in")
        out = {str(p.relative_to(self.folder / "out")): p.read_bytes()
               for p in (self.folder / "out").rglob("*") if p.is_file()}
        self.assertEqual(out, {
            "a.ids": self.encode(stdin=b"first\n"),
            "sub/b.ids": self.encode(stdin=b"second\n"),
            "sub/none.ids": b"",
            "z.ids": self.encode("--document", "line", stdin=b"third\nfourth"),
        })
        self.encode("--output-dir", self.folder / "m", "--format", "megatron", self.folder / "in")
        self.assertEqual(len(read_megatron(self.folder / "m/z")[1]), 2)
        self.assertEqual(read_megatron(self.folder / "m/sub/none")[1], [])

    def test_only_known_endings_are_replaced(self):
        for name in ("v1.1", "v1.2", "notes.md", "x.tar.gz"):
            data = gzip.compress(b"x") if name.endswith(".gz") else b"x"
            self.write(f"in/{name}", data)
        for _ in range(2):  # the second time over the first's files
            self.encode("--output-dir", self.folder / "out", self.folder / "in")
            self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()),
                             ["notes.ids", "v1.1.ids", "v1.2.ids", "x.tar.ids"])

    def test_npy_into_a_pipe(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        process = start("encode", "-m", self.model, "--format", "npy", "-o", pipe)
        process.stdin.write(b"some text")
        process.stdin.close()
        received = pipe.read_bytes()
        process.wait(60)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(received, self.encode("--format", "npy", stdin=b"some text"))

    def test_summary(self):
        code, _, err = run("encode", "-m", self.model, stdin=b"hello\n")
        self.assertRegex(err, r"^1 document, 6 B of text, \d tokens \([\d.]+ bytes each\), in [\d.]+ s ")
        self.assertEqual(run("encode", "-m", self.model, "--quiet", stdin=b"hello\n")[2], "")
