# SPDX-License-Identifier: Apache-2.0
"""What commit 9637d57 wrote is read, and made again to the byte, or refused by name
(tests/golden/old)."""
import gzip
import shutil

from support import GOLDEN, CliTest, run

OLD = GOLDEN / "old"
# What was the only way then.
GROW = ("train", "--quiet", "--vocab-size", 400, "--special-token", "<|end|>",
        "--special-token-text", "plain", "--pad-vocab-to", 8, "--scores", "log", "-o", "-")


class OldFilesTest(CliTest):

    def test_models_are_read_written_and_trained_as_they_were(self):
        for name in ("grow", "recover", "exact"):
            path = OLD / f"{name}.model"
            self.assertEqual(self.ok("convert", "-o", "-", path), path.read_bytes(), name)
            self.assertIn(b"\nscores           log,", self.ok("inspect", "-m", path))
        self.assertEqual(self.ok(*GROW, OLD / "text.jsonl"), (OLD / "grow.model").read_bytes())
        for method in ("recover", "exact"):
            trained = self.ok("train", "--quiet", "--method", method, "--vocab-size", 400, "-o",
                              "-", OLD / "text.jsonl")
            self.assertEqual(trained, (OLD / f"{method}.model").read_bytes(), method)

    def test_a_compiled_model_is_made_ready_anew(self):
        compiled = self.write("compiled", gzip.decompress((OLD / "grow.compiled.gz").read_bytes()))
        self.assertEqual(self.ok("encode", "-m", compiled, OLD / "text.jsonl"),
                         self.ok("encode", "-m", OLD / "grow.model", OLD / "text.jsonl"))
        self.assertEqual(self.ok("convert", "-o", "-", compiled), (OLD / "grow.model").read_bytes())

    def test_count_files_go_on_to_the_same_results(self):
        ngrams, pieces = OLD / "ngrams.counts", OLD / "pieces.counts"
        self.assertEqual(self.ok("count", "--quiet", "-o", "-", OLD / "text.jsonl"),
                         ngrams.read_bytes())
        self.assertEqual(self.ok("count", "--quiet", "--pieces", "--ngrams", ngrams, "-o", "-",
                                 OLD / "text.jsonl"), pieces.read_bytes())
        self.assertEqual(self.ok("train", "--quiet", "--from-counts", "--vocab-size", 400, "-o",
                                 "-", pieces), (OLD / "recover.model").read_bytes())

    def test_a_work_folder_is_refused_with_what_to_do(self):
        shutil.copy(OLD / "text.jsonl", self.folder)  # by the name that the folder remembers
        work = self.folder / "work"
        shutil.copytree(OLD / "work", work)
        code, out, err = run(*GROW, "--work-dir", work, "text.jsonl", cwd=self.folder)
        self.assertEqual((code, out), (1, b""))
        self.assertEqual(err, f"bytepiece: the work folder {work} is of an earlier version, which "
                              "did not write down what it had read; delete it, or finish the "
                              "training with that version\n")
