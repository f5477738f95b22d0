# SPDX-License-Identifier: Apache-2.0
"""--prune-while-counting: approximate, but the same for every machine."""
import json
import os
import random
import time

from support import OWN_CORPUS, SANITIZED, CliTest, kill_after, start

PRUNING = ["--prune-while-counting", 3, "--prune-every", "100k"]


class PruningTest(CliTest):

    def train(self, *arguments):
        return self.ok("train", "--vocab-size", 900, "-o", "-", *arguments)

    def origin(self, model):
        path = self.write("inspected", model)
        return json.loads(self.ok("inspect", "-m", path, "--json"))["origin"]

    def pieces(self, *arguments):
        return {piece: entry[2] for piece, entry in
                json.loads(self.train("--format", "json", *arguments)).items()}

    def corpus(self, documents=3000):
        """Documents of the test corpus, some of them several times, in random order.

        A third of them under a sanitizer: still several times --prune-every.
        """
        documents //= 3 if SANITIZED else 1
        lines = OWN_CORPUS.read_bytes().splitlines(keepends=True)
        return self.write("corpus.jsonl", b"".join(random.Random(5).choices(lines, k=documents)))

    def test_threads_memory_and_method(self):
        corpus = self.corpus()
        for method in ("exact", "recover", "grow"):
            options = ["--method", method, *PRUNING, corpus]
            expected = self.train("--threads", 1, *options)
            self.assertEqual(self.train("--threads", 3, *options), expected)
            self.assertEqual(self.train("--threads", 1, "--memory-limit", "60M", *options), expected)
            self.assertNotEqual(self.pieces(*options), self.pieces("--method", method, corpus))
            self.assertEqual(self.origin(expected)["prune_while_counting"], 3)
            self.assertEqual(self.origin(expected)["prune_every"], 102400)

    def test_exact_where_no_place_is_reached(self):
        self.assertEqual(self.pieces(*PRUNING[:2], OWN_CORPUS), self.pieces(OWN_CORPUS))
        self.assertEqual(self.origin(self.train(OWN_CORPUS))["prune_while_counting"], 0)

    def test_parts_of_a_file_are_places(self):
        """A text file comes in parts, whatever is read at once."""
        corpus = self.write("corpus.txt", self.corpus().read_bytes())
        expected = self.train("--threads", 1, *PRUNING, corpus)
        self.assertEqual(self.train("--threads", 2, "--memory-limit", "90M", *PRUNING, corpus),
                         expected)

    def test_thresholds_are_in_units_of_the_mixture(self):
        """Weight 1/2 and a threshold of 3 are weight 1 and a threshold of 6."""
        # Every byte is a document: one that is none counts 1, which is 2 halves.
        documents = self.corpus(1500).read_bytes().splitlines() + [bytes([b]) for b in range(256)]
        corpus = self.write("corpus.txt", b"<end>".join(documents))
        options = ["--document", "<end>", "--prune-every", "100k"]
        self.assertEqual(
            self.pieces(*options, "--prune-while-counting", 3, "--min-count", 4, f"{corpus}:1/2"),
            self.pieces(*options, "--prune-while-counting", 6, "--min-count", 8, corpus))

    def test_killed_and_resumed(self):
        corpus = self.corpus(6000)
        begun = time.monotonic()
        expected = self.train(*PRUNING, corpus)
        seconds = time.monotonic() - begun
        work = self.folder / "work"
        generator = random.Random(6)
        kills = 0
        for _ in range(8):
            if not kill_after(generator.uniform(0, seconds / 2), "train", "--vocab-size", 900,
                              *PRUNING, "--work-dir", work, "--checkpoint-every", 0, "-o",
                              self.folder / "model", corpus):
                break
            kills += 1
        self.assertGreater(kills, 0)
        out = self.write("out", b"an earlier result")
        for options, says in (
                ([], "there: prune_while_counting 3; now: no prune_while_counting"),
                (["--prune-while-counting", 2, "--prune-every", "100k"],
                 "there: prune_while_counting 3; now: prune_while_counting 2"),
                (PRUNING[:2], "there: prune_every 102400; now: prune_every 1073741824")):
            self.fails("train", "--vocab-size", 900, *options, "--work-dir", work, "-o", out,
                       corpus, says=says)
        self.assertEqual(self.train(*PRUNING, "--work-dir", work, "--threads", 1, corpus), expected)

    def test_counts_of_shards(self):
        corpus = self.corpus(1500)
        counts = {}
        for name, options in (("exact", []), ("pruned", PRUNING), ("again", PRUNING),
                              ("other", ["--prune-while-counting", 2, "--prune-every", "100k"])):
            counts[name] = self.folder / name
            self.ok("count", *options, "-o", counts[name], corpus)
        self.assertLess(counts["pruned"].stat().st_size, counts["exact"].stat().st_size)
        out = self.write("out", b"an earlier result")
        self.fails("merge", "-o", out, counts["exact"], counts["pruned"],
                   says=f"{counts['pruned']} has prune_while_counting 3")
        self.fails("merge", "-o", out, counts["other"], counts["pruned"],
                   says="has prune_while_counting 2")
        self.ok("merge", "-o", self.folder / "sum", counts["pruned"], counts["again"])
        # One shard is the corpus.
        pieces = self.folder / "pieces"
        self.ok("count", "--pieces", "--ngrams", counts["pruned"], "-o", pieces, corpus)
        self.fails("count", "--pieces", "--ngrams", counts["pruned"], "--prune-while-counting", 4,
                   "-o", out, corpus, code=2, says="--prune-while-counting differs")
        self.fails("train", "--from-counts", "--prune-while-counting", 3, "--prune-every", "1M",
                   "-o", out, pieces, code=2, says="--prune-every differs")
        self.assertEqual(self.train("--from-counts", pieces),
                         self.train("--method", "recover", *PRUNING, corpus))

    def test_options_that_cannot_be(self):
        out = self.write("out", b"an earlier result")
        for options, says in ((["--prune-while-counting=1"], "forgets no n-gram"),
                              (["--prune-while-counting=-3"], "forgets no n-gram"),
                              (["--prune-every=2M"], "--prune-every requires"),
                              (["--prune-while-counting=2", "--prune-every=none"], "is no size")):
            self.fails("train", *options, "-o", out, OWN_CORPUS, code=2, says=says)

    def test_no_temporary_folder(self):
        process = start("train", *PRUNING, "-o", self.folder / "model", OWN_CORPUS,
                        env={**os.environ, "TMPDIR": str(self.folder / "none")})
        _, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err, b"^bytepiece: cannot create .*--temp-dir")
