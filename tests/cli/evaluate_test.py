# SPDX-License-Identifier: Apache-2.0
"""bytepiece evaluate: numbers against those worked out by hand (evaluation, script)."""
import gzip
import json
import math

from support import CliTest, reference_model, text


class EvaluateTest(CliTest):

    def setUp(self):
        super().setUp()
        self.small = self.write("small.model", reference_model(
            {b" map": 1000, "地图".encode(): 1000, b"\xe5\x9c": 500}))

    def evaluate(self, *arguments, stdin=b"", models=None):
        options = [word for model in models or [self.small] for word in ("-m", model)]
        return json.loads(self.ok("evaluate", *options, "--json", *arguments, stdin=stdin))

    def test_a_text_worked_out_by_hand(self):
        # Tokens: " map" " map" "地图" "7" "\xff" "\xe5\x9c" "\xb0" "\n"; 地 is E5 9C B0.
        result = self.evaluate(stdin=" map map地图7".encode() + b"\xff" + "地\n".encode())
        self.assertEqual(result["text"], {"documents": 1, "bytes": 20, "characters": 14})
        (model,) = result["models"]
        self.assertEqual(model["model"], str(self.small))
        self.assertEqual(model["vocabulary_size"], 3 + 256 + 3)
        self.assertEqual(model["tokens"], 8)
        self.assertAlmostEqual(model["bytes_per_token"], 20 / 8)
        self.assertAlmostEqual(model["characters_per_token"], 14 / 8)
        self.assertGreater(model["tokens_per_second"], 0)
        self.assertAlmostEqual(model["vocabulary_used"], 7 / 262)
        entropy = math.log((2 / 8) ** 2.5 + 6 * (1 / 8) ** 2.5) / (1 - 2.5)
        self.assertAlmostEqual(model["renyi_efficiency"], entropy / math.log(262))
        self.assertAlmostEqual(model["invalid_utf8_tokens"], 3 / 8)
        expected = {"latin": (6, 1.5), "whitespace": (3, 1.5), "han": (3, 3), "digits": (1, 1),
                    "invalid": (1, 1)}
        for script, entry in model["scripts"].items():
            characters, tokens = expected.get(script, (0, 0))
            self.assertEqual(entry["characters"], characters, script)
            self.assertAlmostEqual(entry["tokens"], tokens, msg=script)
            if characters:
                self.assertAlmostEqual(entry["tokens_per_character"], tokens / characters)
            else:
                self.assertIsNone(entry["tokens_per_character"])

    def test_characters_are_told_apart(self):
        samples = {"han": "世々〇𠀀", "latin": "aÉﬁ", "cyrillic": "Жж", "kana": "あアーｱ",
                   "hangul": "한ᄀ", "arabic": "عݐ", "digits": "7٣७", "whitespace": " \t\n\u3000\u00a0",
                   "punctuation": "!。$+€😀", "other": "αअ\u0000\u0301", "invalid": None}
        for script, sample in samples.items():
            data = b"\xff\xc0\x80" if sample is None else sample.encode()
            (model,) = self.evaluate("--normalization", "none", stdin=data)["models"]
            found = {s: e["characters"] for s, e in model["scripts"].items() if e["characters"]}
            self.assertEqual(found, {script: 3 if sample is None else len(sample)}, sample)

    def test_the_numbers_do_not_depend_on_the_threads_or_the_documents(self):
        corpus = self.write("corpus.txt", text() * 20)
        results = []
        for arguments in ((corpus, "--threads", 1), (corpus, "--threads", 2),
                          (corpus, "--threads", 7)):
            result = self.evaluate(*arguments, models=[self.small, self.model])
            for model in result["models"]:
                del model["tokens_per_second"]
            results.append(result)
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])
        for model in results[0]["models"]:
            ids = self.ok("encode", "-m", model["model"], corpus).split()
            self.assertEqual(model["tokens"], len(ids))
            self.assertAlmostEqual(sum(s["tokens"] for s in model["scripts"].values()), len(ids))

    def test_inputs_of_every_kind(self):
        lines = b'{"body": "map"}\n{"body": " map"}\n'
        packed = self.write("in.jsonl.gz", gzip.compress(lines))
        result = self.evaluate(packed, "--field", "body")
        self.assertEqual(result["text"], {"documents": 2, "bytes": 7, "characters": 7})
        self.assertEqual(result["models"][0]["tokens"], 4)

    def test_a_table_of_many_models_fits_the_page(self):
        models = [self.write(f"{'long-' * 4}{i}.model", self.small.read_bytes()) for i in range(7)]
        options = [word for model in models for word in ("-m", model)]
        table = self.ok("evaluate", *options, stdin=b"a map").decode()
        self.assertLessEqual(max(map(len, table.splitlines())), 100)
        for model in models:
            self.assertEqual(table.count(model.name), 1)
        # "a" " map": 5 bytes.
        self.assertEqual(table.count("2.5000"), 2 * len(models))

    def test_nothing_to_measure(self):
        self.fails("evaluate", "-m", self.small, says="the input holds no text")
        self.fails("evaluate", "-m", self.folder / "none", stdin=b"a", says="none")
        self.fails("evaluate", code=2, says="--model is required", stdin=b"a")
