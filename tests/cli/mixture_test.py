# SPDX-License-Identifier: Apache-2.0
"""Weighted inputs (PATH:WEIGHT), and what progress tells."""
import base64
import json

from support import OWN_CORPUS, CliTest, run, text


class MixtureTest(CliTest):

    def setUp(self):
        super().setUp()
        lines = OWN_CORPUS.read_bytes().splitlines(keepends=True)
        self.a = self.write("a.jsonl", b"".join(lines[:200]))
        self.b = self.write("b.jsonl", b"".join(lines[200:500]))

    def pieces(self, *arguments):
        """piece -> count: the model without where it comes from."""
        model = json.loads(self.ok("train", "--vocab-size", 800, "--format", "json", "-o", "-",
                                   *arguments))
        return {piece: entry[2] for piece, entry in model.items()}

    def test_a_weight_is_a_repetition(self):
        self.assertEqual(self.pieces(f"{self.a}:3", self.b),
                         self.pieces(self.a, self.a, self.b, self.a))
        self.assertEqual(self.pieces("--input", f"{self.b}:2", "--input", f"{self.a}:1"),
                         self.pieces(self.a, self.b, self.b))

    def test_rational_weights_scale_min_count(self):
        """Weights 1/2 and 3/2 with min_count 4 are weights 1 and 3 with min_count 8."""
        # Every byte is a document, so a piece: one that is none counts 1, which is 2 halves.
        every_byte = [bytes([b]) for b in range(256)]
        a = self.write("a.txt", b"<end>".join([text("first")] + every_byte))
        b = self.write("b.txt", text("second") * 2)
        self.assertEqual(
            self.pieces("--document", "<end>", "--min-count", 4, f"{a}:0.5", f"{b}:3/2"),
            self.pieces("--document", "<end>", "--min-count", 8, f"{a}:1", f"{b}:3"))

    def test_a_byte_never_seen_counts_one_whole(self):
        a = self.write("a.txt", b"b" * 1000)
        pieces = self.pieces(f"{a}:3/7")
        self.assertEqual(pieces[base64.b64encode(b"c").decode()], 7)

    def test_threads_memory_and_shards_do_not_matter(self):
        inputs = [f"{self.a}:2/3", f"{self.b}:7"]
        for method in ("grow", "recover"):
            options = ["--vocab-size", 800, "--method", method]
            expected = self.ok("train", *options, *inputs, "-o", "-", "--threads", 1)
            self.assertEqual(self.ok("train", *options, *inputs[::-1], "-o", "-", "--threads", 3),
                             expected)
            self.assertEqual(self.ok("train", *options, *inputs, "-o", "-", "--threads", 1,
                                     "--memory-limit", "60M"), expected)
        # Both shards in thirds, as the mixture is.
        self.fails("merge", "-o", self.folder / "n", self.counts("x", f"{self.a}:2/3"),
                   self.counts("y", f"{self.b}:7"), says="has unit 3")
        both = [self.counts("x", *inputs), self.counts("y", f"{self.write('e.jsonl', b'')}:1/3")]
        self.ok("merge", "-o", self.folder / "n", *both)
        self.ok("count", "--pieces", "--ngrams", self.folder / "n", "-o", self.folder / "p", *inputs)
        self.assertEqual(self.ok("train", *options, "--from-counts", "-o", "-", self.folder / "p"),
                         expected)
        self.fails("count", "--pieces", "--ngrams", self.folder / "n", "-o", self.folder / "q",
                   f"{self.a}:2/3", f"{self.b}:6", says="this input has text of weight 18/3, of which")
        self.fails("count", "--pieces", "--ngrams", self.folder / "n", "-o", self.folder / "q",
                   self.a, says="units of 1/3")

    def counts(self, name, *inputs):
        self.ok("count", "-o", self.folder / name, *inputs)
        return self.folder / name

    def mixture(self, *inputs):
        model = self.folder / "inspected"
        self.ok("train", "--vocab-size", 300, "-o", model, *inputs)
        text = self.ok("inspect", "-m", model).decode()
        return json.loads(self.ok("inspect", "-m", model, "--json"))["origin"], text

    def test_weights_are_recorded(self):
        def size(path):
            return sum(len(json.loads(line)["text"].encode()) for line in path.read_bytes().splitlines())

        c = self.write("c.jsonl", self.b.read_bytes())
        inputs = ["--normalization", "none", f"{self.a}:2/3", f"{self.b}:7", f"{c}:1.5", f"{c}:14/2"]
        origin, text = self.mixture(*inputs)
        expected = [{"weight": "2/3", "bytes": size(self.a)}, {"weight": "3/2", "bytes": size(c)},
                    {"weight": "7", "bytes": size(self.b) + size(c)}]
        self.assertEqual(origin["mixture"], expected)
        self.assertEqual(origin["corpus_bytes"], sum(text["bytes"] for text in expected))
        self.assertIn(f"2/3 for {size(self.a):,} bytes", text)
        # Nothing of the names, of the order, of how an input was cut.
        self.assertEqual(self.mixture(*inputs[:2], *inputs[:1:-1])[0], origin)
        for plain in ([self.a, self.b], [f"{self.a}:1", f"{self.b}:3/3"],
                      [self.a, f"{self.write('e.jsonl', b'')}:1/7"]):
            self.assertEqual(self.mixture(*plain)[0]["mixture"], [])
        self.assertEqual(self.mixture(f"{self.a}:3")[0]["mixture"][0]["weight"], "3")

    def test_an_existing_path_wins(self):
        named = self.write("odd:3", self.a.read_bytes())
        self.write("odd", b"unused")
        self.assertEqual(self.pieces("--input-format", "jsonl", named),
                         self.pieces("--input-format", "jsonl", self.a))
        self.assertEqual(self.pieces("--input-format", "jsonl", f"{named}:2"),
                         self.pieces("--input-format", "jsonl", self.a, self.a))

    def test_weights_that_are_none(self):
        out = self.write("out", b"an earlier result")
        for weight in ("0", "-1", "x", "", "1/0", "1e3", "0.1234567", "9999999", "1/"):
            self.fails("train", "-o", out, f"{self.a}:{weight}", code=2, says="is no weight")
        self.fails("train", "-o", out, f"{self.a}:1/999983", f"{self.b}:1/999979", code=2,
                   says="no common denominator")
        self.fails("train", "-o", out, f"{self.folder}/none:3", says="there is no file")

    def test_log_json(self):
        log = self.folder / "log"
        _, _, err = run("train", "--quiet", "--vocab-size", 500, "--log-json", log, "-o",
                        self.folder / "m", self.a)
        self.assertEqual(err, "")
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        for stage in range(1, 7):
            events = [line["event"] for line in lines if line["stage"] == stage]
            self.assertEqual((events[0], events[-1]), ("begin", "end"))
        self.assertEqual({line["stages"] for line in lines}, {6})
        last = [line for line in lines if line["stage"] == 3][-1]
        self.assertEqual(last["done"], self.a.stat().st_size)
        self.assertGreater(last["memory_bytes"], 1 << 20)
