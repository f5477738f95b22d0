# SPDX-License-Identifier: Apache-2.0
"""bytepiece-lm extrapolation: variants are trained once, read in every form, and kept."""
import json
import xml.etree.ElementTree

from lm_support import CONFIG, OWN_CORPUS, LmTest

MODEL = {"width": 16, "layers": [{"heads": 2, "ffn_width": 16, "repeat": 2}]}


class ExtrapolationTest(LmTest):

    def setUp(self):
        super().setUp()
        self.small = self.folder / "small.json"
        training = CONFIG["training"] | {"steps": 2, "length": 8, "validate_every": 0}
        self.small.write_text(json.dumps({"model": MODEL, "training": training}))
        self.text = self.folder / "text.txt"  # one long document
        self.text.write_text("".join(json.loads(line)["text"] for line
                                     in OWN_CORPUS.read_text().splitlines()))

    def extrapolation(self, *more):
        return ("extrapolation", "--config", self.small, "--tokenizer", self.tokenizer,
                "--train", OWN_CORPUS, "--validation", self.text, "--tokens", 200, "--expansion", 4,
                "--out", self.folder / "out", "--quiet", *more)

    def results(self):
        return json.loads((self.folder / "out/results.json").read_text())

    def test_an_experiment_grows(self):
        printed = self.ok(*self.extrapolation("--variants", "rope,hwfa", "--times", "1,4")).decode()
        self.assertEqual(printed, (self.folder / "out/results.md").read_text())
        self.assertIn("## repeated", printed)
        self.assertIn("| rope | rerope-w4+log-n-test |", printed)
        first = self.results()
        self.assertEqual(first["settings"]["config"]["training"]["length"], 8)
        keys = [tuple(r[k] for k in ("variant", "seed", "form", "text", "length"))
                for r in first["results"]]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(len(keys), (18 + 1) * 2 * 2)
        self.assertEqual({k[4] for k in keys}, {8, 32})
        for result in first["results"]:
            self.assertEqual(result["tokens"], 200 // result["length"] * result["length"])
            self.assertLessEqual(result["tokens_last"], result["tokens"])
        # Times beside quality: of each form, at N and at --expansion N, whatever the seeds.
        costs = first["costs"]
        self.assertEqual({(c["variant"], c["form"], c["length"]) for c in costs},
                         {(k[0], k[2], k[4]) for k in keys})
        for cost in costs:
            self.assertGreater(cost["parallel_ms_per_token"], 0)
            # A step is a pass for one token: what passes over many share, it pays alone.
            self.assertGreater(cost["step_ms_per_token"], cost["parallel_ms_per_token"])
            self.assertIn("cpu", cost["device"])
        self.assertIn("| 8 at once | a token after 8 | 32 at once |", printed)
        # Nothing is done twice; more is added.
        log = self.folder / "out/models/hwfa-0/log.jsonl"
        trained = log.read_bytes()
        more = self.ok(*self.extrapolation("--variants", "hwfa", "--times", "1,2,4",
                                           "--seeds", "0,3"))
        self.assertEqual(log.read_bytes(), trained)
        grown = self.results()["results"]
        self.assertEqual(grown[:len(keys)], first["results"])
        self.assertEqual(len(grown), len(keys) + 2 + 6)
        self.assertIn("±", more.decode())
        self.assertEqual(self.results()["costs"], costs)

    def polylines(self, name):
        """{name in the legend: [(x, y), ...] on the page} of a plot with as many of both."""
        svg = xml.etree.ElementTree.parse(self.folder / "out/plots" / name).getroot()
        tag = lambda element: element.tag.rpartition("}")[2]
        texts = [e.text for e in svg if tag(e) == "text"]
        lines = [[tuple(map(float, point.split(","))) for point in e.get("points").split()]
                 for e in svg if tag(e) == "polyline"]
        return texts[-len(lines):], lines

    def test_plots(self):
        self.ok(*self.extrapolation("--variants", "rope-log-n,hwfa", "--times", "1,2,4",
                                    "--seeds", "0,1", "--repeats", 0))
        self.assertEqual(sorted(p.name for p in (self.folder / "out/plots").iterdir()),
                         ["natural-rope-log-n.svg", "natural.svg", "repeated-rope-log-n.svg",
                          "repeated.svg"])
        self.assertEqual(self.results()["costs"], [])
        names, lines = self.polylines("natural.svg")
        self.assertEqual(set(names), {"rope-log-n", "hwfa"})
        for line in lines:  # three lengths, evenly apart on a logarithmic axis
            x = [point[0] for point in line]
            self.assertEqual(len(x), 3)
            self.assertAlmostEqual(x[1] - x[0], x[2] - x[1], places=1)
        # The higher of two means stands higher, which is the smaller y.
        mean = {variant: [sum(r["accuracy"] for r in self.results()["results"]
                              if r["variant"] == variant and r["form"] == "trained"
                              and r["text"] == "natural" and r["length"] == length)
                          for length in (8, 16, 32)] for variant in names}
        heights = [[-point[1] for point in line] for line in lines]
        order = lambda pair: [(a > b) - (a < b) for a, b in zip(*pair)]
        self.assertEqual(order(heights), order([mean["rope-log-n"], mean["hwfa"]]))
        names, lines = self.polylines("repeated-rope-log-n.svg")
        self.assertEqual(len(lines), 9)
        self.assertIn("rerope-w4", names)

    def test_it_goes_on_where_it_was_stopped(self):
        whole = ("--variants", "rope-log-n,vq", "--times", "1")
        self.ok(*self.extrapolation(*whole))
        path = self.folder / "out/results.json"
        all_of_it = path.read_text()
        cut = json.loads(all_of_it)
        del cut["results"][7:]
        path.write_text(json.dumps(cut))
        self.ok(*self.extrapolation(*whole))
        self.assertEqual(path.read_text(), all_of_it)

    def test_what_cannot_be_is_refused(self):
        self.fails(*self.extrapolation("--variants", "rope,magic"), code=2, says='"magic"')
        self.fails(*self.extrapolation("--times", "100000"), says="text.txt: no document has 800000")
        self.ok(*self.extrapolation("--variants", "vq", "--times", "1"))
        other = [300 if a == 200 else a for a in self.extrapolation("--variants", "vq")]
        self.fails(*other, says="begun with another tokens")
        self.fails(*self.extrapolation("--variants", "vq", "--document", "line"),
                   says="begun with another document")
        results = self.folder / "out/results.md"
        other = [results if a == self.text else a for a in self.extrapolation("--variants", "vq")]
        self.fails(*other, code=2, says=f"the file of results {results} is an input")
        (self.folder / "out/results.json").write_text('{"results": [3]}')
        self.fails(*self.extrapolation("--variants", "vq"), says="results.json holds something else")


if __name__ == "__main__":
    import unittest
    unittest.main()
