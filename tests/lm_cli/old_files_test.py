# SPDX-License-Identifier: Apache-2.0
"""What commit 9637d57 wrote is read, and gone on with (tests/golden/old)."""
import json
import shutil

from lm_support import OWN_CORPUS, LmTest, read_log

OLD = OWN_CORPUS.parent / "old"


class OldFilesTest(LmTest):

    def test_a_checkpoint_is_read_and_resumed(self):
        before = read_log(OLD / "run/log.jsonl")
        measured = json.loads(self.ok("eval", "--model", OLD / "run", "--max-tokens", 500, "--json",
                                      OLD / "text.jsonl"))
        self.assertAlmostEqual(measured["bits_per_byte"], before[-1]["validation"]["bits_per_byte"],
                               places=4)  # another processor may add in another order
        run = self.folder / "run"
        shutil.copytree(OLD / "run", run)
        self.ok("train", "--resume", "--steps", 6, "--train", OLD / "text.jsonl", "--output", run)
        after = read_log(run / "log.jsonl")
        self.assertEqual(after[:len(before)], before)
        self.assertEqual([line["step"] for line in after[len(before):] if "loss" in line], [5, 6])
