# SPDX-License-Identifier: Apache-2.0
"""bytepiece inspect: vocabulary, pieces, and why a text is cut as it is (inspect_vocabulary,
inspect_piece, inspect_text, style)."""
import json
import math
import os
import pty
import re
import subprocess

from support import BINARY, CliTest, reference_model

COUNTS = {b"ab": 600, b"abc": 300, b"bc": 400, "中文".encode(): 100, b" 12": 50, b"\xe4\xb8": 90}


class InspectTest(CliTest):

    def setUp(self):
        super().setUp()
        self.small = self.write("small.model", reference_model(COUNTS))
        self.total = 256 + sum(COUNTS.values())

    def score(self, *pieces):
        return sum(math.log(COUNTS.get(p.encode("latin-1"), 1)) - math.log(self.total)
                   for p in pieces)

    def inspect(self, *arguments, stdin=b""):
        return self.ok("inspect", "-m", self.small, *arguments, stdin=stdin).decode()

    def inspect_json(self, *arguments, stdin=b""):
        return json.loads(self.inspect("--json", *arguments, stdin=stdin))

    def test_the_vocabulary(self):
        found = self.inspect_json("--top", 2)
        self.assertEqual(found["vocabulary_size"], 3 + 256 + len(COUNTS))
        self.assertEqual(found["total_count"], self.total)
        self.assertEqual(found["pieces_by_length"], {"1": 256, "2": 3, "3": 2, "6": 1})
        self.assertEqual([p["piece"] for p in found["most_frequent"]], ["ab", "bc"])
        self.assertEqual([p["piece"] for p in found["least_frequent"]], [" 12", r"\xE4\xB8"])
        scripts = found["pieces_by_script"]
        self.assertEqual(sum(scripts.values()), 256 + len(COUNTS))
        self.assertEqual(scripts["invalid"], 128 + 1)
        self.assertEqual(scripts["latin"], 52 + 3)
        self.assertEqual(scripts["han"], 1)
        self.assertIsNone(found["origin"])
        table = self.inspect()
        self.assertRegex(table, r"(?m)^ +1  256  #{50}$")
        self.assertRegex(table, r"(?m)^ +2    3  #$")
        self.assertNotIn("\033", table)

    def test_where_a_trained_model_comes_from(self):
        found = json.loads(self.ok("inspect", "-m", self.model, "--json"))
        self.assertEqual(found["vocabulary_size"], 600)
        self.assertEqual(found["origin"]["order"], 6)
        self.assertEqual(found["origin"]["vocab_sizes"], [600])
        self.assertEqual(found["special_tokens"],
                         [{"id": 599, "text": "<|end|>", "reserved": False}])
        text = self.ok("inspect", "-m", self.model).decode()
        self.assertIn("--order 6 --normalization nfc", text)
        self.assertIn("--vocab-size 600", text)
        self.assertIn('--special-token "<|end|>"', text)
        self.assertIn("--special-token-text boundary", text)
        self.assertEqual(found["origin"]["special_tokens"], ["<|end|>"])
        self.assertRegex(text, r"599  <\|end\|>")

    def test_whole_scores_are_shown_in_nats_and_called_so(self):
        whole = self.folder / "whole"
        self.ok("convert", "--scores", "whole", "-o", whole, self.small)
        for model, kind in ((self.small, "log"), (whole, "whole")):
            for view in ([], ["--piece", "abc"], ["--text", "abc"]):
                shown = self.ok("inspect", "-m", model, *view)
                self.assertRegex(shown.decode(), rf"(?m)^scores           {kind}, in nats: ")
                found = json.loads(self.ok("inspect", "-m", model, "--json", *view))
                self.assertEqual(found["scores"], kind)
        rounded = {p: round(64 * self.score(p)) / 64 for p in ("a", "b", "c", "ab", "bc", "abc")}
        (abc,) = json.loads(self.ok("inspect", "-m", whole, "--json", "--piece", "abc"))["pieces"]
        self.assertEqual(abc["score"], rounded["abc"])
        self.assertNotEqual(abc["score"], self.score("abc"))
        chunk, = json.loads(self.ok("inspect", "-m", whole, "--json", "--text", "abc", "--nbest", 9))[
            "chunks"]
        ways = [("abc",), ("ab", "c"), ("a", "bc"), ("a", "b", "c")]
        scores = {way: sum(rounded[p] for p in way) for way in ways}
        self.assertEqual({tuple(s["pieces"]): s["score"] for s in chunk["segmentations"]}, scores)
        # They need not sum to one over all pieces; what must, over the segmentations, is divided.
        self.assertAlmostEqual(chunk["log_z"], math.log(sum(map(math.exp, scores.values()))))
        self.assertAlmostEqual(sum(math.exp(s["log_probability"]) for s in chunk["segmentations"]),
                               1)

    def test_a_piece_and_its_second_best_split(self):
        abc, byte, cut = self.inspect_json("--piece", "abc", "--piece", "a", "--piece",
                                           r"\xE4\xB8")["pieces"]
        self.assertEqual((abc["piece"], abc["count"]), ("abc", 300))
        self.assertAlmostEqual(abc["score"], self.score("abc"))
        # ab|c (600 x 1) beats a|bc (1 x 400).
        self.assertEqual(abc["split"]["pieces"], ["ab", "c"])
        self.assertAlmostEqual(abc["split"]["score"], self.score("ab", "c"))
        self.assertAlmostEqual(abc["split"]["margin"], self.score("abc") - self.score("ab", "c"))
        self.assertIsNone(byte["split"])
        self.assertEqual(cut["split"]["pieces"], [r"\xE4", r"\xB8"])
        self.assertRegex(self.inspect("--piece", "abc"), r'"abc" .*"ab" "c"')

    def test_special_tokens_are_known(self):
        end = [{"id": 599, "piece": r"\!<|end|>", "kind": "special", "count": None, "score": None,
                "split": None}]
        for piece in ("<|end|>", r"\!<|end|>"):
            found = json.loads(self.ok("inspect", "-m", self.model, "--piece", piece, "--json"))
            self.assertEqual(found["pieces"], end)
        table = self.ok("inspect", "-m", self.model, "--piece", "<eos>", "--piece", "a").decode()
        self.assertRegex(table, r'"\\!<eos>" +2 .* control token\n"a" ')

    def test_matching_pieces(self):
        def match(regex):
            return [p["piece"] for p in self.inspect_json("--match", regex)["pieces"]]
        self.assertEqual(match("^.b"), ["ab", "abc"])
        self.assertEqual(match(r"\p{Han}"), ["中文"])
        self.assertEqual(match("no such"), [])
        self.fails("inspect", "-m", self.small, "--match", "(", code=2, says='--match "("')

    def test_why_a_text_is_cut_as_it_is(self):
        (chunk,) = self.inspect_json("--text", "abc", "--nbest", 9, "--alpha", 0.5)["chunks"]
        expected = sorted(((self.score(*s), list(s)) for s in
                           [("abc",), ("ab", "c"), ("a", "bc"), ("a", "b", "c")]), reverse=True)
        total = sum(math.exp(score / 2) for score, _ in expected)
        self.assertAlmostEqual(chunk["log_z"], math.log(total))
        self.assertAlmostEqual(chunk["log_segmentations"], math.log(4))
        self.assertEqual([s["pieces"] for s in chunk["segmentations"]], [p for _, p in expected])
        for found, (score, _) in zip(chunk["segmentations"], expected):
            self.assertAlmostEqual(found["score"], score)
            self.assertAlmostEqual(found["log_probability"], score / 2 - math.log(total))
        probability = {tuple(p): math.exp(score / 2) / total for score, p in expected}
        self.assertAlmostEqual(chunk["entropy"],
                               -sum(p * math.log(p) for p in probability.values()))
        self.assertAlmostEqual(chunk["expected_tokens"],
                               sum(p * len(s) for s, p in probability.items()))
        edges = {e["piece"]: e for e in chunk["candidates"]}
        self.assertEqual([e["piece"] for e in chunk["candidates"]],
                         ["a", "ab", "b", "abc", "bc", "c"])
        for piece, edge in edges.items():
            uses = sum(p for s, p in probability.items() if piece in s)
            self.assertAlmostEqual(edge["probability"], uses, msg=piece)
            self.assertEqual(edge["chosen"], piece == "abc")
        self.assertAlmostEqual(edges["c"]["path_score"], self.score("ab", "c"))
        boundaries = chunk["boundary_probabilities"]
        self.assertAlmostEqual(boundaries[1], probability["a", "bc"] + probability["a", "b", "c"])
        self.assertAlmostEqual(boundaries[3], 1)

    def test_the_probability_of_a_given_segmentation(self):
        command = ("--text", "abc\n", "--nbest", 1, "--alpha", 0.5)
        (chunk,) = self.inspect_json(*command, "--segmentation", "a\tbc\t\\n")["chunks"]
        given = chunk["given"]
        self.assertEqual(given["pieces"], ["a", "bc", "\\n"])
        self.assertAlmostEqual(given["score"], self.score("a", "bc", "\n"))
        self.assertAlmostEqual(given["log_probability"], given["score"] / 2 - chunk["log_z"])
        page = self.inspect(*command, "--segmentation", "a\tbc\t\\n")
        self.assertIn("the one given", page)
        chunks = self.inspect_json("--text", "a\nbc", "--segmentation", "a\t\\n\tb\tc")["chunks"]
        self.assertEqual([c["given"]["pieces"] for c in chunks], [["a", "\\n"], ["b", "c"]])

    def test_the_chosen_path_is_what_encode_gives(self):
        for model in (self.small, self.model):
            text = "abc 中文, e\u0301 caf\u00e9\n\nabcabc 1212\t"
            ids = self.ok("encode", "-m", model, stdin=text.encode()).split()
            chunks = json.loads(self.ok("inspect", "-m", model, "--text", "-", "--json",
                                        stdin=text.encode()))["chunks"]
            self.assertEqual(len(chunks), 2)
            best = [i for chunk in chunks for i in chunk["segmentations"][0]["ids"]]
            self.assertEqual(best, [int(i) for i in ids])
            chosen = [e["id"] for chunk in chunks for e in chunk["candidates"] if e["chosen"]]
            self.assertEqual(chosen, best)

    def test_distinct_samples_and_their_weights(self):
        def draw(*options):
            return self.inspect_json("--text", "abc", "--alpha", 0.5, "--nbest", 9, *options)[
                "chunks"][0]
        chunk = draw("--distinct", 2, "--seed", 5)
        self.assertEqual(chunk, draw("--distinct", 2, "--seed", 5))
        known = {tuple(s["ids"]): s["log_probability"] for s in chunk["segmentations"]}
        first, second = chunk["distinct_samples"]
        self.assertNotEqual(first["ids"], second["ids"])
        self.assertGreater(first["perturbed"], second["perturbed"])
        self.assertGreater(second["perturbed"], chunk["threshold"])
        for sample in (first, second):
            phi = known[tuple(sample["ids"])]
            self.assertAlmostEqual(sample["log_probability"], phi)
            self.assertAlmostEqual(sample["inclusion_probability"],
                                   1 - math.exp(-math.exp(phi - chunk["threshold"])))
        # There are four; with all of them taken, each is certain.
        whole = draw("--distinct", 9)
        self.assertEqual(len(whole["distinct_samples"]), 4)
        self.assertIsNone(whole["threshold"])
        self.assertEqual({s["inclusion_probability"] for s in whole["distinct_samples"]}, {1})
        page = self.inspect("--text", "abc", "--distinct", 2, "--seed", 5)
        self.assertIn("distinct samples (log probability, perturbed", page)
        self.fails("inspect", "-m", self.small, "--text", "a", "--seed", 5, code=2,
                   says="--seed requires --distinct")

    def test_the_page_for_people(self):
        page = self.inspect("--text", "abc", "--lattice", "--nbest", 2)
        self.assertIn('chunk at byte 0, 3 bytes: "abc"', page)
        self.assertIn("of 4 (score", page)
        self.assertEqual(len(re.findall(r"(?m)^ .*  ab\|c$", page)), 1)
        self.assertNotIn("a|bc", page)
        self.assertRegex(page, r'(?m)^  \* "abc" +0 +3 ')
        self.assertIn("log Z", page)
        self.assertIn("log probability of the best", page)
        self.assertNotIn("log Z", self.inspect("--text", "abc"))

    def test_colour_is_for_terminals(self):
        def on_terminal(**environment):
            ours, theirs = pty.openpty()
            subprocess.run([BINARY, "inspect", "-m", self.small, "--text", "a"], stdout=theirs,
                           check=True, env=os.environ | {"TERM": "xterm"} | environment)
            os.close(theirs)
            output = os.read(ours, 65536)
            os.close(ours)
            return output
        self.assertIn(b"\033[", on_terminal(NO_COLOR=""))
        self.assertNotIn(b"\033[", on_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\033[", on_terminal(NO_COLOR="", TERM="dumb"))
        self.assertNotIn("\033[", self.inspect("--text", "a"))
        self.assertIn("\033[", self.inspect("--text", "a", "--color", "always"))
        plain = self.inspect("--text", "abc", "--color", "never")
        colored = self.inspect("--text", "abc", "--color", "always")
        self.assertEqual(re.sub(r"\033\[\d+m", "", colored), plain)

    def test_what_cannot_be_shown(self):
        self.fails("inspect", "-m", self.small, "--piece", "nosuch", says="nosuch")
        self.fails("inspect", "-m", self.small, "--text", "a", "--piece", "a", code=2,
                   says="--piece excludes --text")
        self.fails("inspect", "-m", self.small, "--lattice", code=2, says="--lattice requires --text")
        text = ("inspect", "-m", self.small, "--text", "ab", "--segmentation")
        self.fails(*text, "a", says='the pieces spell "a", and the text is "ab"')
        self.fails(*text, "nosuch", says="nosuch")
        self.fails(*text, r"\!<eos>", says="no piece")
        self.fails("inspect", "-m", self.small, "--text", "a", "--alpha", "-1", code=2,
                   says="--alpha")
