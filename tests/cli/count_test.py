# SPDX-License-Identifier: Apache-2.0
"""bytepiece count and merge: many machines train as one."""
import json
import signal

from support import OWN_CORPUS, CliTest, run, start


class CountTest(CliTest):

    def shards(self, number=3):
        lines = OWN_CORPUS.read_bytes().splitlines(keepends=True)
        return [self.write(f"shard{i}.jsonl", b"".join(lines[i::number])) for i in range(number)]

    def count(self, name, *arguments):
        self.ok("count", "-o", self.folder / name, *arguments)
        return self.folder / name

    def test_shards_make_the_model_of_the_whole(self):
        options = ["--vocab-size", "1000,600", "--special-token", "<|x|>"]
        counting = ["--order", 5, "--isolate-digits", "--special-token", "<|x|>"]
        segmenting = ["--method", "exact", "--min-count", 3]
        self.ok("train", *options, *counting[:-2], *segmenting, "-o", self.folder / "one",
                OWN_CORPUS)
        shards = self.shards()
        ngrams = [self.count(f"n{i}", "--threads", 1 + i, *counting, shard)
                  for i, shard in enumerate(shards)]
        self.ok("merge", "-o", self.folder / "n", *ngrams)
        some = self.ok("merge", "-o", "-", *ngrams[::-1][:2])
        again = self.ok("merge", "-o", "-", ngrams[0], self.write("n12", some))
        self.assertEqual(again, (self.folder / "n").read_bytes())
        pieces = [self.count(f"p{i}", "--pieces", "--ngrams", self.folder / "n", *segmenting, shard)
                  for i, shard in enumerate(shards)]
        self.ok("merge", "-o", self.folder / "p", *pieces)
        for inputs in (pieces, [self.folder / "p"]):
            self.ok("train", *options, "--from-counts", "-o", self.folder / "many", *inputs)
            for size in (1000, 600):
                self.assertEqual((self.folder / f"many.{size}").read_bytes(),
                                 (self.folder / f"one.{size}").read_bytes())

    def test_special_tokens_are_boundaries_in_counts_too(self):
        shard = self.write("chat", 300 * b"5<|end|>\n hi there<|end|>\n")
        end = ["--special-token", "<|end|>"]
        small = ["--vocab-size", 270, "--method", "recover"]
        counts = {}
        for name, options in (("bounded", end), ("without", []),
                              ("plain", [*end, "--special-token-text", "plain"])):
            n = self.count(f"n.{name}", *options, shard)
            counts[name] = self.count(f"p.{name}", "--pieces", "--ngrams", n, shard)
        self.assertEqual(counts["plain"].read_bytes(), counts["without"].read_bytes())
        model = self.ok("train", *small, "--from-counts", "-o", "-", counts["bounded"])
        self.assertEqual(model, self.ok("train", *small, *end, "-o", "-", shard))
        pieces = json.loads(self.ok("inspect", "-m", self.write("m", model), "--match", ".",
                                    "--json"))["pieces"]
        self.assertFalse([p["piece"] for p in pieces if "|" in p["piece"] and len(p["piece"]) > 1])
        plain = ["--special-token-text", "plain"]
        self.assertEqual(self.ok("train", *small, *end, *plain, "--from-counts", "-o", "-",
                                 counts["plain"]),
                         self.ok("train", *small, *end, *plain, "-o", "-", shard))
        self.fails("merge", "-o", self.folder / "x", counts["bounded"], counts["plain"],
                   says='has special_tokens ["<|end|>"]')
        self.fails("train", *small, *end, "--from-counts", "-o", self.folder / "x",
                   counts["without"], code=2, says="was counted without such boundaries; count "
                   "with the same --special-token, or give --special-token-text plain")
        self.fails("train", *small, "--special-token", "<|other|>", "--from-counts", "-o",
                   self.folder / "x", counts["bounded"], code=2, says="--special-token differs")
        work = ["--work-dir", self.folder / "work", "-o", self.folder / "x"]
        self.ok("train", *small, *end, *work, shard)
        self.fails("train", *small, *end, *plain, *work, shard, says="there: special_tokens")

    def test_counts_that_do_not_fit_are_refused(self):
        shard = self.shards(20)[0]
        a = self.count("a", shard)
        b = self.count("b", "--order", 5, shard)
        out = self.write("out", b"an earlier result")
        self.fails("merge", "-o", out, a, b, says=f"{a} has order 6, {b} has order 5; only counts "
                                                  "made with the same options add up")
        c = self.count("c", "--normalization", "none", shard)
        self.fails("merge", "-o", out, a, c, says="normalization")
        d = self.count("d", "--isolate-digits", shard)
        self.fails("merge", "-o", out, a, d, says="isolate_digits")
        p = self.count("p", "--pieces", "--ngrams", a, shard)
        self.fails("merge", "-o", out, a, p, says="has kind ngrams")
        q = self.count("q", "--pieces", "--ngrams", a, "--min-count", 3, shard)
        self.fails("train", "--from-counts", "-o", out, p, q, says="min_count")
        self.fails("train", "--from-counts", "--min-count", 7, "-o", out, p, code=2,
                   says=f"--min-count differs from what {p} was made with")
        for growing in (["--method", "grow"], ["--character-coverage", 1],
                        ["--no-cross", "spaces"], ["--soft-counts"]):
            self.fails("train", "--from-counts", *growing, "-o", out, p, code=2,
                       says="growing a vocabulary reads the corpus")
        self.fails("count", "--pieces", "--ngrams", a, "--method", "grow", "-o", out, shard, code=2,
                   says="--method")
        self.fails("train", "--from-counts", "-o", out, a, says="holds n-gram counts")
        self.fails("train", "--from-counts", "--work-dir", self.folder / "w", "-o", out, p, code=2,
                   says="--work-dir has no place")
        self.fails("count", "--pieces", "--ngrams", p, "-o", out, shard, says="holds piece counts")
        self.fails("count", "--pieces", "--ngrams", a, "--order", 4, "-o", out, shard, code=2,
                   says="--order differs")
        self.fails("count", "--pieces", "-o", out, shard, code=2, says="--ngrams")
        self.fails("count", "--ngrams", a, "-o", out, shard, code=2, says="--pieces")
        for option in (["--min-count", 3], ["--method", "exact"], ["--ensure-unicode=false"]):
            self.fails("count", *option, "-o", out, shard, code=2,
                       says=f"{option[0].split('=')[0]} is for counting pieces")
        for option in (["--field", "x"], ["--document", "line"], ["--input-format", "text"]):
            self.fails("train", "--from-counts", *option, "-o", out, p, code=2,
                       says=f"{option[0]} is for text")

    def test_files_that_are_no_counts(self):
        shard = self.shards(20)[0]
        data = self.count("a", shard).read_bytes()
        out = self.write("out", b"an earlier result")
        middle = bytearray(data)
        middle[len(data) // 2] ^= 4
        for name, content in (("text", b"no counts"), ("empty", b""), ("cut", data[:-5]),
                              ("flipped", bytes(middle))):
            path = self.write(name, content)
            self.fails("merge", "-o", out, path, says=str(path))
            self.fails("train", "--from-counts", "-o", out, path, says=str(path))
        self.fails("merge", "-o", out, self.folder / "none", says=str(self.folder / "none"))

    def test_an_empty_shard_is_a_shard(self):
        empty = self.write("empty.jsonl", b"")
        shard = self.shards(20)[0]
        a = self.count("a", shard)
        none = self.count("none", empty)
        self.assertEqual(self.ok("merge", "-o", "-", a, none), a.read_bytes())

    def test_interrupted(self):
        before = self.files()
        process = start("count", "-o", self.folder / "out")  # waits for standard input
        process.stdin.write(json.dumps({"text": "a"}).encode())
        process.stdin.flush()
        while len(self.files()) == len(before):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), -signal.SIGTERM)
        process.communicate()
        self.assertEqual(self.files(), before)

    def test_disk_full(self):
        shard = self.shards(20)[0]
        code, _, err = run("count", "-o", "/dev/full", shard)
        self.assertEqual((code, err), (1, "bytepiece: /dev/full: No space left on device\n"))
