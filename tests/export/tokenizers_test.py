# SPDX-License-Identifier: Apache-2.0
"""HuggingFace's tokenizers, before and from 1.0 on, give our ids by whole scores."""
from export_support import ExportedTest

SPECIAL = ("<pad>", "<bos>", "<eos>", "<|user|>", "<| end|>")
OLD_TABLES = "\u0316\u0c3c"  # which 0.23.3 puts in another order


class TokenizersTest(ExportedTest):
    needs = ("tokenizers-0", "tokenizers-1")

    def test_the_same_ids(self):
        texts = self.texts(SPECIAL)
        for name in self.models:
            folder = self.export(name, "huggingface")
            ours = self.ours(name, texts)
            self.assert_same_ids(texts, ours, self.theirs("tokenizers-1", folder, texts))
            known = [i for i, text in enumerate(texts) if OLD_TABLES not in text]
            self.assertGreaterEqual(len(known), len(texts) - 2)
            texts_0, ours_0 = [texts[i] for i in known], [ours[i] for i in known]
            self.assert_same_ids(texts_0, ours_0, self.theirs("tokenizers-0", folder, texts_0))

    def test_special_tokens_in_text(self):
        texts = ["a<|user|>b<eos>", "<| end|><|user|><reserved_0>", " <pad>\n<bos"]
        folder = self.export("trained", "huggingface")
        ours = self.ours("trained", texts)
        for runtime in self.needs:
            self.assert_same_ids(texts, ours, self.theirs(f"{runtime}-plain", folder, texts))
            taken = self.theirs(runtime, folder, texts)
            self.assertEqual((taken[0][-1], taken[2][1]), (2, 0))  # <eos>, <pad>
            self.assertEqual(len(taken[0]), 4)
            self.assertEqual(taken[1][:2], [taken[0][1] + 1, taken[0][1]])
            # What is reserved is text for both.
            self.assertEqual(taken[1][2:], self.ours("trained", ["<reserved_0>"])[0])

    def test_what_is_for_javascript_is_read_before_1_0(self):
        texts = [text for text in self.texts(SPECIAL) if OLD_TABLES not in text]
        for name in self.models:
            folder = self.export(name, "huggingface-js")
            self.assert_same_ids(texts, self.ours(name, texts),
                                 self.theirs("tokenizers-0", folder, texts))
