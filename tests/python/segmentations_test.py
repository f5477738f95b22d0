# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import unittest

import numpy as np
from bytepiece_cpp import Model
from support import chat


def small():
    """A vocabulary of which all segmentations are counted by hand."""
    pieces = [(bytes([i]), 1) for i in range(256)] + [(b"ab", 40), (b"bc", 20), (b"abc", 10)]
    return Model.from_pieces(pieces).tokenizer()


def every_segmentation(tokenizer, data):
    """All of them, by trying all cuts."""
    for cuts in itertools.product((False, True), repeat=len(data) - 1):
        places = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), len(data)]
        ids = [tokenizer.token_to_id(data[a:b]) for a, b in zip(places, places[1:])]
        if None not in ids:
            yield tuple(ids)


class SegmentationsTest(unittest.TestCase):
    DATA = b"abcab"

    def setUp(self):
        self.tokenizer = small()
        scores = self.tokenizer.scores()
        self.by_score = {ids: sum(scores[list(ids)])
                         for ids in every_segmentation(self.tokenizer, self.DATA)}
        self.every = self.tokenizer.segmentations(self.DATA)

    def probabilities(self, alpha):
        z = sum(math.exp(alpha * score) for score in self.by_score.values())
        return {ids: math.exp(alpha * score) / z for ids, score in self.by_score.items()}

    def test_nbest_are_all_best_first(self):
        best = self.every.nbest(1000)
        self.assertEqual({tuple(row.tolist()) for row in best.rows}, set(self.by_score))
        self.assertTrue((np.diff(best.scores) <= 1e-12).all())
        for row, score in zip(best.rows, best.scores):
            self.assertAlmostEqual(score, self.by_score[tuple(row.tolist())])
        self.assertEqual(best.rows[0].tolist(), self.tokenizer.encode(self.DATA))
        self.assertEqual(len(self.every.nbest(2).rows), 2)

    def test_sums_over_all(self):
        for alpha in (0.0, 0.5, 1.0):
            probabilities = self.probabilities(alpha)
            self.assertAlmostEqual(
                self.every.log_z(alpha=alpha),
                math.log(sum(math.exp(alpha * score) for score in self.by_score.values())))
            self.assertAlmostEqual(self.every.entropy(alpha=alpha),
                                   -sum(p * math.log(p) for p in probabilities.values()))
            self.assertAlmostEqual(self.every.expected_tokens(alpha=alpha),
                                   sum(p * len(ids) for ids, p in probabilities.items()))

    def test_marginals_are_the_sums_over_those_that_have_the_piece(self):
        marginals = self.every.marginals(alpha=0.5)
        self.assertEqual(marginals.spans.shape, (len(marginals.ids), 2))
        for id, (begin, end), probability in zip(*marginals):
            expected = 0.0
            for ids, p in self.probabilities(0.5).items():
                place = 0
                for each in ids:
                    length = len(self.tokenizer.id_to_bytes(each))
                    if (each, place, place + length) == (id, begin, end):
                        expected += p
                    place += length
            self.assertAlmostEqual(probability, expected)

    def test_distinct_are_distinct_and_reproducible(self):
        drawn = self.every.distinct(4, alpha=0.3, seed=2)
        rows = [tuple(row.tolist()) for row in drawn.rows]
        self.assertEqual(len(set(rows)), 4)
        for row, log_probability in zip(rows, drawn.log_probabilities):
            self.assertAlmostEqual(math.exp(log_probability), self.probabilities(0.3)[row])
        self.assertTrue(((0 < drawn.inclusions) & (drawn.inclusions <= 1)).all())
        self.assertEqual(self.every.distinct(4, alpha=0.3, seed=2).rows, drawn.rows)
        self.assertEqual(len(self.every.distinct(1000).rows), len(self.by_score))

    def test_samples_are_drawn_by_probability(self):
        texts = [self.DATA] * 4000
        batch = self.tokenizer.sample_batch(texts, alpha=0.5)
        counts = {}
        for row in batch.to_lists():
            counts[tuple(row)] = counts.get(tuple(row), 0) + 1
        for ids, p in self.probabilities(0.5).items():
            deviation = math.sqrt(len(texts) * p * (1 - p))
            self.assertLess(abs(counts.get(ids, 0) - len(texts) * p), 5 * deviation + 1)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "alpha"):
            self.every.marginals(alpha=-1)
        with self.assertRaisesRegex(ValueError, "1048576|1 MB"):
            self.tokenizer.segmentations("x" * (1 << 21))
        with self.assertRaises(TypeError):
            self.tokenizer.segmentations(None)


class CoversTest(unittest.TestCase):
    def test_every_continuation_has_one_cover(self):
        tokenizer = small()
        covers = tokenizer.covers("ab")
        for more in (b"", b"c", b"cab", b"b", b"abc"):
            ids = tokenizer.encode(b"ab" + more)
            self.assertEqual(ids[:len(covers.settled)], covers.settled.tolist())
            rest = ids[len(covers.settled):]
            found = [group for group in covers.groups
                     if rest[:len(group.tokens)] == group.tokens.tolist()
                     and (rest[len(group.tokens):len(group.tokens) + 1] == []
                          or rest[len(group.tokens)] in group.last.tolist())]
            self.assertEqual(len(found), 1, (more, covers))
        unfinished = tokenizer.covers("ab", unfinished_only=True)
        self.assertTrue(all(group.begin < 2 for group in unfinished.groups))

    def test_the_prompt_is_normalised(self):
        self.assertEqual(chat().covers("e\u0301").settled_bytes,
                         chat().covers("\u00e9").settled_bytes)


if __name__ == "__main__":
    unittest.main()
