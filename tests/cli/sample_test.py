# SPDX-License-Identifier: Apache-2.0
"""bytepiece sample."""
import base64
import collections
import json

from support import CliTest, read_array, read_ids, text


# Of the words that the test's model knows.
SENTENCE = b"The history of the language is in the compression of the matrix and the training.\n"


class SampleTest(CliTest):

    def sample(self, *arguments, stdin=b""):
        return self.ok("sample", "-m", self.model, *arguments, stdin=stdin)

    def test_samples_decode_to_the_text(self):
        for method in ("perfect", "viterbi", "nbest"):
            out = self.sample("--samples", 20, "--method", method, "--alpha", 0.1, stdin=SENTENCE)
            self.assertGreater(len(set(out.splitlines())), 19 if method != "nbest" else 9)
            self.assertEqual(self.ok("decode", "-m", self.model, stdin=out), SENTENCE * 20)

    def test_seed_decides_threads_do_not(self):
        corpus = self.write("c.txt", text())
        options = ("--document", "line", "--samples", 2, "--seed", 7, corpus)
        outputs = {self.sample("--threads", n, *options) for n in (1, 2, 7)}
        self.assertEqual(len(outputs), 1)
        self.assertNotIn(self.sample("--document", "line", "--samples", 2, "--seed", 8, corpus),
                         outputs)

    def test_documents_and_samples_are_independent(self):
        # The same text as several documents is cut in several ways, and the first
        # sample of two is the only sample of one.
        lines = SENTENCE * 5
        two = self.sample("--document", "line", "--samples", 2, "--alpha", 0, stdin=lines)
        one = self.sample("--document", "line", "--samples", 1, "--alpha", 0, stdin=lines)
        self.assertEqual(len(set(two.splitlines())), 10)
        self.assertEqual(two.splitlines()[::2], one.splitlines())

    def test_infinite_alpha_is_encode(self):
        corpus = self.write("c.txt", text())
        for method in ("perfect", "viterbi"):
            self.assertEqual(self.sample("--alpha", "inf", "--method", method, corpus),
                             self.ok("encode", "-m", self.model, corpus))

    def test_alpha_zero_is_uniform(self):
        # A model in which "aa" has exactly two segmentations, one far better.
        pieces = [bytes([b]) for b in range(256)] + [b"aa"]
        model = self.write("m", json.dumps({
            base64.b64encode(piece).decode(): [3 + i, piece.decode("utf-8", "ignore"),
                                               1000 ** (len(piece) - 1)]
            for i, piece in enumerate(pieces)}).encode())
        out = self.ok("sample", "-m", model, "--samples", 4000, "--alpha", 0, stdin=b"aa")
        counts = collections.Counter(out.splitlines())
        self.assertEqual(len(counts), 2)
        # Six standard deviations of a fair coin: 190.
        self.assertLess(max(counts.values()), 2190)

    def test_formats_and_control_tokens(self):
        ids = read_ids(self.sample("--bos", "--eos", "--samples", 3, stdin=b"some text"))
        flat = read_array(self.sample("--bos", "--eos", "--samples", 3, "--format", "bin",
                                      stdin=b"some text"), "H")
        self.assertEqual(sum(ids, []), flat)
        self.assertTrue(all(one[0] == 1 and one[-1] == 2 for one in ids))

    def test_epochs_go_on_where_the_last_one_stopped(self):
        lines = ("--document", "line", "--alpha", 0, "--seed", 3)
        text = SENTENCE * 3
        six = self.sample("--samples", 6, *lines, stdin=text).splitlines()
        epochs = [self.sample("--samples", 2, "--epoch", e, *lines, stdin=text).splitlines()
                  for e in range(3)]
        for document in range(3):
            self.assertEqual(six[6 * document:6 * document + 6],
                             [s for epoch in epochs for s in epoch[2 * document:2 * document + 2]])
        self.fails("sample", "-m", self.model, "--epoch", 3, "--epochs", 3, stdin=b"a", code=2,
                   says="--epoch 3 is not below --epochs 3")
        self.fails("sample", "-m", self.model, "--epoch", 2**31, "--samples", 3, stdin=b"a",
                   code=2, says="choose fewer")

    def test_alpha_may_follow_a_schedule(self):
        lines = ("--document", "line", "--seed", 3)
        text = SENTENCE * 4
        # Over the samples of a document ...
        out = self.sample("--samples", 3, "--alpha", "0:1", *lines, stdin=text).splitlines()
        for i, alpha in enumerate((0, 0.5, 1)):
            alone = self.sample("--samples", 3, "--alpha", alpha, *lines, stdin=text).splitlines()
            self.assertEqual(out[i::3], alone[i::3])
        # ... or over epochs.
        for epoch, alpha in enumerate((0.2, 0.4)):
            where = ("--samples", 2, "--epoch", epoch, *lines)
            self.assertEqual(
                self.sample("--alpha", "0.2:0.4", "--epochs", 2, *where, stdin=text),
                self.sample("--alpha", alpha, *where, stdin=text))

    def test_nbest_draws_among_the_best(self):
        best = ("--method", "nbest", "--samples", 200, "--alpha", 0)
        for n in (1, 3):
            out = self.sample(*best, "--nbest-size", n, stdin=SENTENCE)
            self.assertEqual(len(set(out.splitlines())), n)
        self.assertEqual(self.sample("--method", "nbest", "--nbest-size", 1, stdin=SENTENCE),
                         self.ok("encode", "-m", self.model, stdin=SENTENCE))
        self.fails("sample", "-m", self.model, "--nbest-size", 5, stdin=b"a", code=2,
                   says="--nbest-size is for --method nbest")

    def test_alpha_out_of_range(self):
        for alpha in ("-0.5", "nan", "0.1:", "1:inf"):
            self.fails("sample", "-m", self.model, f"--alpha={alpha}", stdin=b"a", code=2,
                       says="is outside the range from 0 to inf")
