# SPDX-License-Identifier: Apache-2.0
"""SentencePiece gives our ids where all that a text uses has a place in its models."""
import unicodedata

from export_support import ExportedTest, run


class SentencePieceTest(ExportedTest):
    needs = ("sentencepiece",)

    def test_the_same_ids_by_whole_characters(self):
        model = self.export("trained", "sentencepiece")
        # Text is not normalised there; special tokens in it are text for both.
        texts = [unicodedata.normalize("NFC", text) for text in self.texts()]
        texts += ["a<|user|>b<eos>", "<| end|>", "<unused 5><unk><0x41>", "a\0b", "▁a ▁"]
        self.assert_same_ids(texts, self.ours("trained", texts),
                             self.theirs("sentencepiece", model, texts))

    def test_what_has_no_place_is_told_and_matters_where_it_is_used(self):
        path = self.folder / "spm"
        code, _, err = run("convert", "--to", "sentencepiece", "-o", path, self.models["crossing"])
        self.assertEqual(code, 0, err)
        self.assertIn("2 that are no whole characters, 1 with a NUL among other bytes, 2 with names "
                      "that are taken there", err)
        same = ["abc aab\naaa", "中文 é ▁", "b\n\nb", "a\nb"]
        self.assert_same_ids(same, self.ours("crossing", same),
                             self.theirs("sentencepiece", path, same))
        other = ["\0a", "<0x41>", "中"]
        for one, two in zip(self.ours("crossing", other),
                            self.theirs("sentencepiece", path, other), strict=True):
            self.assertNotEqual(one, two)
