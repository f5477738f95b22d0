# SPDX-License-Identifier: Apache-2.0
import itertools
import json
import pathlib
import tempfile
import unittest

import numpy as np
import pyarrow as pa
from bytepiece_cpp import blocks as blocks_module
from bytepiece_cpp.blocks import TokenBlocks
from support import chat, sentences

TEXTS = [text for text in sentences(300) if text]


def ids_of(blocks):
    return [block.tolist() for block in blocks]


class BlocksTest(unittest.TestCase):
    def setUp(self):
        # Several batches of documents an epoch.
        self.addCleanup(setattr, blocks_module, "_BATCH_BYTES", blocks_module._BATCH_BYTES)
        blocks_module._BATCH_BYTES = 5000

    def blocks(self, source=TEXTS, size=64, **options):
        return TokenBlocks(chat(), source, size, **options)

    def test_blocks_are_the_documents_one_after_another(self):
        flat = [id for text in TEXTS for id in chat().encode(text, bos=True, eos=True)]
        found = ids_of(self.blocks(bos=True))
        self.assertEqual(found, [flat[i:i + 64] for i in range(0, len(flat) - 63, 64)])
        padded = ids_of(self.blocks(bos=True, drop_last=False))
        last = flat[len(flat) // 64 * 64:]
        self.assertEqual(padded, [*found, last + [0] * (64 - len(last))])
        self.assertEqual(next(iter(self.blocks())).dtype, np.uint16)

    def test_each_epoch_segments_anew_and_reproducibly(self):
        first = self.blocks(alpha=0.1, seed=7)
        epochs = [ids_of(first), ids_of(first)]
        self.assertNotEqual(epochs[0], epochs[1])
        again = self.blocks(alpha=0.1, seed=7, threads=1)
        self.assertEqual([ids_of(again), ids_of(again)], epochs)
        again.set_epoch(1)
        self.assertEqual(ids_of(again), epochs[1])
        self.assertEqual(again.epoch, 2)
        self.assertNotEqual(ids_of(self.blocks(alpha=0.1, seed=8)), epochs[0])
        expected = chat().sample(TEXTS[0], alpha=0.1, seed=7, document=0, sample=1, eos=True)
        self.assertEqual(epochs[1][0][:len(expected)], expected.tolist()[:64])

    def test_sources_of_one_order_give_the_same_blocks(self):
        expected = ids_of(self.blocks(alpha=0.2))

        class Again:
            def __iter__(self):
                return iter(TEXTS)

        self.assertEqual(ids_of(self.blocks(Again(), alpha=0.2)), expected)
        self.assertEqual(ids_of(self.blocks(pa.table({"text": TEXTS}), alpha=0.2)), expected)
        self.assertEqual(ids_of(self.blocks(np.array(TEXTS, object), alpha=0.2)), expected)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.jsonl")
            path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
            self.assertEqual(ids_of(self.blocks(path, alpha=0.2)), expected)
            part = ids_of(self.blocks(path, alpha=0.2, shard=(1, 3)))
            self.assertEqual(part, ids_of(self.blocks(alpha=0.2, shard=(1, 3))))
            self.assertEqual(part, ids_of(self.blocks(Again(), alpha=0.2, shard=(1, 3))))

    def test_shards_hold_every_document_once(self):
        all_ids = []
        for i in range(3):
            blocks = self.blocks(size=8, shard=(i, 3), drop_last=False, alpha=0.2)
            all_ids += [id for block in ids_of(blocks) for id in block if id != 0]
        whole = [id for block in ids_of(self.blocks(size=8, drop_last=False, alpha=0.2))
                 for id in block if id != 0]
        self.assertEqual(sorted(all_ids), sorted(whole))

    def test_goes_on_from_any_block(self):
        for options in ({}, {"shard": (1, 2)}, {"drop_last": False}, {"shuffle": True}):
            with self.subTest(options=options):
                whole = ids_of(itertools.chain(*[self._epochs(2, options)]))
                for stop in (0, 1, 5, len(whole) // 2 - 1, len(whole) // 2, len(whole) - 1,
                             len(whole)):
                    first = self.blocks(alpha=0.1, **options)
                    taken = []
                    while len(taken) < stop:
                        for block in first:
                            taken.append(block.tolist())
                            if len(taken) == stop:
                                break
                    state = json.loads(json.dumps(first.state_dict()))
                    self.assertLess(len(state["rest"]), 64)
                    second = self.blocks(alpha=0.1, **options)
                    second.load_state_dict(state)
                    while len(taken) < len(whole):
                        taken += ids_of(second)
                    self.assertEqual(taken, whole, stop)

    def _epochs(self, count, options):
        blocks = self.blocks(alpha=0.1, **options)
        for _ in range(count):
            yield from blocks

    def test_shuffling_is_another_order_each_epoch(self):
        blocks = self.blocks(size=8, shuffle=True, drop_last=False)
        epochs = [ids_of(blocks), ids_of(blocks)]
        self.assertNotEqual(epochs[0], epochs[1])
        sets = [sorted(id for block in epoch for id in block if id) for epoch in epochs]
        self.assertEqual(sets[0], sets[1])

    def test_schedules(self):
        blocks = self.blocks(alpha=(0.1, 0.5), epochs=3)
        self.assertEqual([round(blocks.alpha_of(epoch), 9) for epoch in range(4)],
                         [0.1, 0.3, 0.5, 0.5])
        self.assertEqual(self.blocks(alpha=lambda epoch: epoch / 10).alpha_of(3), 0.3)
        self.assertIsNone(self.blocks().alpha_of(1))

    def test_wrong_arguments_are_named(self):
        for source, options, error, message in (
                (TEXTS, {"size": 0}, ValueError, "block_size is 0"),
                (TEXTS, {"shard": (2, 2)}, ValueError, "index < count"),
                (iter(TEXTS), {}, ValueError, "iterated once"),
                ("no/such.txt", {"shuffle": True}, ValueError, "cannot be shuffled"),
                (TEXTS, {"field": "x"}, TypeError, "field")):
            with self.assertRaisesRegex(error, message):
                self.blocks(source, **options)
        with self.assertRaisesRegex(ValueError, "of shard"):
            self.blocks(shard=(0, 2)).load_state_dict(self.blocks().state_dict())


if __name__ == "__main__":
    unittest.main()
