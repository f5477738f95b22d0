# SPDX-License-Identifier: Apache-2.0
"""bytepiece train."""
import base64
import gzip
import json
import os
import pty
import random
import re

from support import GOLDEN, OWN_CORPUS, CliTest, run, start, text


class TrainTest(CliTest):

    def test_exact_json_is_the_reference_s(self):
        self.ok("train", "--method", "exact", "--vocab-size", "1500,1000,600", "--format", "json",
                "-o", self.folder / "m", OWN_CORPUS)
        for size in (1500, 1000, 600):
            self.assertEqual((self.folder / f"m.{size}").read_bytes(),
                             (GOLDEN / "train" / f"own_order6.model.{size}").read_bytes())

    def test_options_reach_the_trainer(self):
        self.ok("train", "--method", "exact", "--order", 4, "--vocab-size", 1200, "--min-count", 2,
                "--max-piece-length", 12, "--ensure-unicode=false", "--format", "json", "-o",
                self.folder / "m", OWN_CORPUS)
        self.assertEqual((self.folder / "m").read_bytes(),
                         (GOLDEN / "train" / "own_bytes.model").read_bytes())
        self.ok("train", "--method", "exact", "--vocab-size", 1200, "--min-count", 3,
                "--isolate-digits", "--format", "json", "-o", self.folder / "d", OWN_CORPUS)
        self.assertEqual((self.folder / "d").read_bytes(),
                         (GOLDEN / "train" / "own_digits.model").read_bytes())

    def test_scores(self):
        """Whole from grow, log from the others, in the reference's JSON, and on request."""
        def kind(*options):
            path = self.folder / "m"
            self.ok("train", "--vocab-size", 300, *options, "-o", path, OWN_CORPUS)
            return json.loads(self.ok("inspect", "-m", path, "--json"))["scores"]
        self.assertEqual(kind(), "whole")
        self.assertEqual(kind("--scores", "log"), "log")
        self.assertEqual(kind("--format", "json"), "log")
        self.assertEqual(kind("--method", "exact"), "log")
        self.assertEqual(kind("--method", "recover", "--scores", "whole"), "whole")
        self.fails("train", "--format", "json", "--scores", "whole", "-o", "-", OWN_CORPUS, code=2,
                   says="cannot hold whole ones; use protobuf, or --scores log")

    def test_character_coverage(self):
        """Characters met once have a piece each if they are to be covered, and room is for it."""
        han = [chr(0x4E00 + i) for i in range(20)]
        letters = "abcdefghijklmnopqrstuvwxyz"
        texts = [" ".join(random.Random(i).sample([3 * a for a in letters], 26)) for i in range(30)]
        corpus = self.write("c.jsonl", b"".join(json.dumps({"text": one}).encode() + b"\n"
                                                for one in [*texts, "".join(han)]))
        kept = {}
        for coverage in (1, 0):
            model = json.loads(self.ok("train", "--vocab-size", 289, "--character-coverage",
                                       coverage, "--format", "json", "-o", "-", corpus))
            pieces = {base64.b64decode(key) for key in model}
            kept[coverage] = sum(character.encode() in pieces for character in han)
        self.assertEqual(kept, {0: 0, 1: (289 - 3 - 256) // 3})
        self.fails("train", "--character-coverage", 2, "-o", self.folder / "m", corpus, code=2,
                   says="character coverage 2 is outside 0..1")

    def test_borders_that_no_piece_crosses(self):
        corpus = self.write("c.txt", b"so it goes, and so; it goes.\n" * 40)
        crossings = {"spaces": rb"\S\s*[^\S\n]", "punctuation": rb"\w[,;.]|[,;.]\w", "newlines": rb"[^\n]\n"}
        for chosen in (["spaces"], ["punctuation"], ["newlines"], list(crossings), []):
            argument = ["--no-cross", ",".join(chosen)] if chosen else []
            self.ok("train", "--vocab-size", 300, *argument, "-o", self.folder / "m", corpus)
            model = json.loads(self.ok("convert", "--to", "json", "-o", "-", self.folder / "m"))
            pieces = [base64.b64decode(key) for key in model]
            for border, crossing in crossings.items():
                crossed = any(re.search(crossing, piece) for piece in pieces)
                self.assertEqual(crossed, border not in chosen, (chosen, border))
            trained = json.loads(self.ok("inspect", "-m", self.folder / "m", "--json"))
            self.assertEqual(trained["origin"]["no_cross"], chosen)
        self.fails("train", "--no-cross", "words", "-o", self.folder / "m", corpus, code=2,
                   says="--no-cross")

    def test_soft_counts(self):
        """Another vocabulary than by the best segmentations, the same with any threads."""
        words = "the then there he her here ten tent enter rent".split()
        lines = [" ".join(random.Random(i).choices(words, k=12)) for i in range(200)]
        corpus = self.write("c.txt", "\n".join(lines).encode())
        soft = {self.ok("train", "--vocab-size", 290, "--soft-counts", "--threads", threads,
                        "-o", "-", corpus) for threads in (1, 2, 5)}
        self.assertEqual(len(soft), 1)
        self.ok("train", "--vocab-size", 290, "-o", self.folder / "hard", corpus)
        (self.folder / "soft").write_bytes(soft.pop())
        pieces = {}
        for name in ("hard", "soft"):
            pieces[name] = json.loads(self.ok("convert", "--to", "json", "-o", "-",
                                              self.folder / name))
        self.assertNotEqual(pieces["hard"], pieces["soft"])
        origin = json.loads(self.ok("inspect", "-m", self.folder / "soft", "--json"))["origin"]
        self.assertTrue(origin["soft_counts"])
        self.assertIn(b"--soft-counts", self.ok("inspect", "-m", self.folder / "soft"))
        self.fails("train", "--soft-counts", "--max-piece-length", 300, "-o", self.folder / "m",
                   corpus, code=2, says="leave out --soft-counts")

    def test_same_bytes_for_any_threads_and_any_way_in(self):
        documents = [b"one two one two one\n", "两个 一个 两个\n".encode(), b"\xff\xfe bytes\n" * 9]
        corpus = self.write("corpus", b"".join(documents))
        lines = b"".join(json.dumps({"t": d.decode("utf-8", "surrogateescape")}).encode() + b"\n"
                         for d in documents[:2])
        models = set()
        for threads in (1, 2, 7):
            models.add(self.ok("train", "--threads", threads, "-o", "-", corpus))
        models.add(self.ok("train", "-o", "-", stdin=corpus.read_bytes()))
        models.add(self.ok("train", "-o", "-", "--input", "-", stdin=corpus.read_bytes()))
        models.add(self.ok("train", "-o", "-", stdin=gzip.compress(corpus.read_bytes())))
        self.assertEqual(len(models), 1)
        a = self.ok("train", "-o", "-", "--field", "t", self.write("a.jsonl", lines))
        b = self.ok("train", "-o", "-", "--field", "t", "--input-format", "jsonl", stdin=lines)
        self.write("d/1", documents[0])
        self.write("d/2", documents[1])
        c = self.ok("train", "-o", "-", self.folder / "d")
        self.assertEqual(a, b)
        self.assertEqual(a, c)

    def test_special_tokens_and_padding_are_counted(self):
        model = self.folder / "m"
        code, _, err = run("train", "--vocab-size", 500, "--special-token", "<|a|>",
                           "--special-token", "<|b|>", "--pad-vocab-to", 64, "-o", model, OWN_CORPUS)
        self.assertEqual(code, 0, err)
        self.assertIn("512 tokens", err)
        out = self.ok("encode", "-m", model, "--special-tokens", "allow", stdin=b"<|a|><|b|>")
        self.assertEqual(out, b"498 499\n")

    def test_special_tokens_that_json_cannot_hold_are_left_out_with_a_warning(self):
        model = self.folder / "m"
        code, _, err = run("train", "--vocab-size", "300,310", "--format", "json", "--special-token",
                           "<|a|>", "-o", model, OWN_CORPUS)
        self.assertEqual(code, 0, err)
        warning = ('bytepiece: warning: the json format has no place for special tokens; left out: '
                   '"<|a|>"\n')
        self.assertEqual(err.count(warning), 1, err)
        self.assertIn("m.300: 299 tokens, 296 of them pieces\n", err)
        whole = self.folder / "whole"
        self.ok("train", "--vocab-size", "300,310", "--special-token", "<|a|>", "-o", whole,
                OWN_CORPUS)
        run("convert", "--to", "json", "-o", model, self.folder / "whole.300")
        self.assertEqual(model.read_bytes(), (self.folder / "m.300").read_bytes())

    def test_summary_and_quiet(self):
        corpus = self.write("c", text())
        code, out, err = run("train", "--vocab-size", 265, "-o", self.folder / "m", corpus)
        self.assertEqual((code, out), (0, b""))
        self.assertRegex(err, r"learned from 1 document, [\d.]+ kB of text, in [\d.]+ s, peak memory ")
        self.assertIn("m: 265 tokens, 262 of them pieces\n", err)
        quiet = run("train", "--quiet", "--vocab-size", 265, "-o", self.folder / "m", corpus)
        self.assertEqual(quiet, (0, b"", ""))

    def test_options_that_mean_nothing_are_refused(self):
        out = self.write("out", b"an earlier result")
        for option in (["--character-coverage", 1], ["--soft-counts"], ["--no-cross", "spaces"]):
            self.fails("train", "--method", "exact", *option, "-o", out, OWN_CORPUS, code=2,
                       says=f"{option[0]} is for --method grow")
        self.fails("train", "--checkpoint-every", 3, "-o", out, OWN_CORPUS, code=2, says="--work-dir")

    def test_numbers_that_would_overflow_are_refused(self):
        corpus = self.write("c", b"how much wood would a woodchuck chuck\n" * 20)
        out = self.write("out", b"an earlier result")
        self.fails("train", "--min-count", 1 << 62, "-o", out, f"{corpus}:1/3", code=2,
                   says=f"minimal count {1 << 62} is outside 1..1000000000000")
        self.fails("train", "--prune-while-counting", 1 << 62, "-o", out, corpus, code=2,
                   says=f"pruning threshold {1 << 62} is outside")
        large = self.write("large", b"how much wood would a woodchuck chuck\n" * 70000)
        self.fails("train", "-o", out, f"{large}:1000000", f"{corpus}:1/1000000",
                   says="comes to 2305843009213 bytes or more")
        self.ok("train", "--memory-limit", "4194303T", "--min-count", 10 ** 12, "-o", out,
                f"{corpus}:1/1000000")

    def test_a_vocabulary_has_the_size_asked_for_or_says_why_not(self):
        model = self.folder / "m"
        corpus = self.write("corpus", text())
        for size in (400, 500, 600):
            _, _, err = run("train", "--vocab-size", size, "-o", model, corpus)
            self.assertIn(f"m: {size} tokens", err)
            self.assertNotIn("asked for", err)
        small = self.write("c", b"ab ab ab")
        for quiet in ([], ["--quiet"]):
            code, _, err = run("train", *quiet, "-o", model, small)
            self.assertEqual(code, 0)
            self.assertRegex(err, r"^bytepiece: note: the vocabulary has 2\d\d of the 8000 tokens asked "
                                  r"for: the corpus uses no more pieces under these options; lower ")
        os.unlink(model)
        for method in ("exact", "recover", "grow"):
            code, _, err = run("train", "--hard-vocab-size", "--method", method, "-o", model, small)
            self.assertEqual(code, 1)
            self.assertRegex(err, r"^bytepiece: the vocabulary has 2\d\d of the 8000 tokens asked for: ")
            self.assertEqual(err.count("\n"), 1)
        self.assertFalse(model.exists())

    def test_progress_on_request_and_on_a_terminal(self):
        corpus = self.write("c", text())
        _, _, err = run("train", "--progress", "-o", self.folder / "m", corpus)
        for stage in ("1/6 counting n-grams: ", "2/6 ", "3/6 ", "4/6 ", "5/6 growing", "6/6 shrinking"):
            self.assertIn(stage, err)
        self.assertNotIn("\r", err)
        terminal, its_end = pty.openpty()
        process = start("train", "-o", self.folder / "m", corpus, stderr=its_end)
        os.close(its_end)
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:  # how a terminal's end is told
            pass
        os.close(terminal)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertRegex(shown.decode(), r"\r1/6 counting n-grams.*\x1b\[K\r?\n")

    def test_pieces_are_those_of_the_corpus(self):
        model = json.loads(self.ok("train", "--format", "json", "-o", "-", "--vocab-size", 270,
                                   stdin=b"hello hello hello hello\n" * 50))
        pieces = {base64.b64decode(key) for key in model}
        self.assertEqual({bytes([b]) for b in range(256)} - pieces, set())
        self.assertTrue(any(b"hello" in piece for piece in pieces), pieces)
