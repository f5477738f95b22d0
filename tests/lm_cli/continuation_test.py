# SPDX-License-Identifier: Apache-2.0
"""Prompts that end inside a token: the harness, its dialog, generation by other methods."""
import json
import pathlib
import subprocess
import sys

from lm_support import BINARY, OWN_CORPUS, LmTest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/token_model.py"
FEW = ("--prompts", 3, "--longest-prompt", 40, "--shortest-prompt", 4, "--next-bytes", 4)


class ContinuationTest(LmTest):

    def without_times(self, folder):
        report = json.loads((folder / "continuation.json").read_text())
        for text in report["texts"]:
            for result in text["results"]:
                del result["milliseconds"]
        return report

    def test_report(self):
        out = self.folder / "report"
        command = ("continuation", "--model", self.model, "--text", OWN_CORPUS, *FEW)
        printed = self.ok(*command, "--out", out).decode()
        self.assertEqual(printed, (out / "continuation.md").read_text())
        self.assertIn("| back-off-1 |", printed)
        report = self.without_times(out)
        (text,) = report["texts"]
        self.assertEqual(text["text"], OWN_CORPUS.name)
        self.assertGreater(text["bits_per_byte"], 1)
        self.assertGreater(text["partial_share"], text["word_like_share"])
        self.assertEqual({(r["kind"], r["method"]) for r in text["results"]},
                         {(kind, method) for kind in ("partial", "word-like", "aligned")
                          for method in ("naive", "back-off-1", "back-off-2",
                                         "back-off-adaptive", "exact", "full")})
        for result in text["results"]:
            self.assertLess(result["ln_p_completion"]["mean"], 0)
            self.assertLessEqual(result["ln_p_next"]["low"], result["ln_p_next"]["mean"])
            if result["method"] == "exact":
                self.assertLess(result["distance"]["mean"], 1e-6)  # rounding
        self.ok(*command, "--out", self.folder / "again")
        self.assertEqual(report, self.without_times(self.folder / "again"))
        self.ok(*command, "--out", self.folder / "other", "--seed", 2)
        self.assertNotEqual(report["texts"], self.without_times(self.folder / "other")["texts"])

    def test_texts_are_read_as_bytepiece_reads_them_and_never_written(self):
        out = self.folder / "found"
        out.mkdir()
        text = out / "continuation.json"
        lines = [json.loads(line)["text"] for line in OWN_CORPUS.read_text().splitlines()]
        text.write_text("".join(json.dumps({"body": line}) + "\n" for line in lines))
        command = ("continuation", "--model", self.model, "--field", "body", "--input-format",
                   "jsonl", "--methods", "naive", *FEW, "--text")
        self.fails(*command, text, "--out", out, code=2, says=f"the report {text} is an input")
        by_field = json.loads(self.ok(*command, text, "--json"))["texts"][0]
        named = json.loads(self.ok("continuation", "--model", self.model, "--methods", "naive", *FEW,
                                   "--text", OWN_CORPUS, "--json"))["texts"][0]
        self.assertEqual(by_field["bits_per_byte"], named["bits_per_byte"])
        self.assertEqual(by_field["places"], named["places"])
        # A pipe can be read only once.
        piped = subprocess.run([BINARY, *map(str, command), "-", "--json"], check=True,
                               input=text.read_bytes(), capture_output=True).stdout
        self.assertEqual(json.loads(piped)["texts"][0]["bits_per_byte"], named["bits_per_byte"])

    def test_a_program_takes_the_models_place(self):
        ids = self.folder / "ids.txt"
        ids.write_text("1 4 5 6\n1 5 6 7\n")
        model = ("--program", f"{sys.executable} {EXAMPLE} {ids} --vocab-size 400",
                 "--tokenizer", self.tokenizer)
        report = json.loads(self.ok("continuation", *model, "--text", OWN_CORPUS, "--json",
                                    "--methods", "naive,exact", *FEW))
        self.assertEqual(report["vocab_size"], 400)
        self.assertIsNone(report["texts"][0]["bits_per_byte"])
        self.assertEqual(len(report["texts"][0]["results"]), 6)

    def test_dialog(self):
        command = [BINARY, "continuation", "--model", self.model, "--interactive",
                   "--methods", "naive,exact"]
        shown = subprocess.run(command, input=b"Hello wor\nxyz", check=True,
                               capture_output=True).stdout.decode()
        self.assertGreaterEqual(shown.count("\nwrites"), 2)  # wide tables are cut
        self.assertIn("exact", shown)
        self.assertNotIn("\x1b", shown)
        colored = subprocess.run([*command, "--color", "always"], input=b"a\n", check=True,
                                 capture_output=True).stdout.decode()
        self.assertIn("\x1b", colored)

    def test_generation_by_every_method(self):
        generate = ("generate", "--model", self.model, "--max-tokens", 10, "--seed", 3)
        self.assertEqual(self.ok(*generate, "Hello wor"),
                         self.ok(*generate, "--method", "naive", "Hello wor"))
        for method in ("back-off-1", "back-off-3", "back-off-adaptive", "exact", "full"):
            written = self.ok(*generate, "--method", method, "Hello wor")
            self.assertTrue(written.startswith(b"Hello wor"), method)
            self.assertEqual(written, self.ok(*generate, "--method", method, "Hello wor"))
            self.ok(*generate, "--method", method, "")

    def test_what_cannot_be_is_refused(self):
        command = ("continuation", "--text", OWN_CORPUS)
        self.fails(*command, code=2, says="--model or --program")
        self.fails(*command, "--model", self.model, "--methods", "nave", code=2, says="nave")
        self.fails(*command, "--program", "true", code=2, says="--tokenizer")
        self.fails(*command, "--model", self.model, "--tokenizer", self.tokenizer, code=2,
                   says="--tokenizer")
        self.fails("continuation", "--model", self.model, code=2, says="--text")
        self.fails(*command, "--program", "false", "--tokenizer", self.tokenizer, says="false")
        self.fails("continuation", "--model", self.model, "--interactive", "--text", OWN_CORPUS,
                   code=2, says="--interactive")
        self.fails(*command, "--model", self.model, "--shortest-prompt", 300, code=2,
                   says="--longest-prompt 192")
        self.fails(*command, "--model", self.model, "--methods", "back-off- 1", code=2,
                   says="back-off- 1")
        short = self.folder / "short.txt"
        short.write_text("ab")
        self.fails("continuation", "--model", self.model, "--text", short, says="short.txt")
        self.fails("generate", "--model", self.model, "--method", "nave", "x", code=2, says="nave")


if __name__ == "__main__":
    import unittest
    unittest.main()
