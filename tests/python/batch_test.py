# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import os
import pickle
import subprocess
import sys
import textwrap
import unittest

import numpy as np
import pyarrow as pa
from bytepiece_cpp import TokenBatch
from hypothesis import given
from hypothesis import strategies as st
from support import chat, sentences, train, woodchuck


class InputsTest(unittest.TestCase):
    TEXTS = ["the wood", "", "白云机场 and much more than twelve bytes", "x" * 300]

    def setUp(self):
        self.expected = [chat().encode(text) for text in self.TEXTS]

    def check(self, texts):
        self.assertEqual(chat().encode_batch(texts).to_lists(), self.expected)

    def test_sequences(self):
        self.check(self.TEXTS)
        self.check(tuple(self.TEXTS))
        self.check([text.encode() for text in self.TEXTS])
        self.check([self.TEXTS[0], self.TEXTS[1].encode(), bytearray(self.TEXTS[2].encode()),
                    self.TEXTS[3]])
        self.check(iter(self.TEXTS))

    def test_numpy(self):
        self.check(np.array(self.TEXTS))
        self.check(np.array(self.TEXTS, object))
        self.check(np.array([text.encode() for text in self.TEXTS]))
        self.check(np.array(self.TEXTS, ">U300"))
        self.check(np.repeat(np.array(self.TEXTS), 2)[::2])
        if hasattr(np.dtypes, "StringDType"):
            self.check(np.array(self.TEXTS, np.dtypes.StringDType()))

    def test_arrow(self):
        for type in (pa.string(), pa.large_string(), pa.string_view(), pa.binary(),
                     pa.large_binary(), pa.binary_view()):
            with self.subTest(type=type):
                array = pa.array(["left out", *self.TEXTS, "too"]).cast(pa.large_string())
                array = pa.array(array.to_pylist(), type=type)
                self.check(array[1:-1])
                self.check(pa.chunked_array([array[1:3], array[3:3], array[3:-1]]))
                self.check(pa.table({"a": array})["a"][1:-1])
        self.assertEqual(len(chat().encode_batch(pa.array([], pa.string()))), 0)
        self.assertEqual(len(chat().encode_batch(pa.chunked_array([], pa.string()))), 0)

    def test_arrow_is_not_copied(self):
        big = pa.array(["the wood " * 1000] * 2000)  # 18 MB
        before = pa.total_allocated_bytes()
        chat().encode_batch(big)
        self.assertEqual(pa.total_allocated_bytes(), before)

    def test_what_is_no_text_is_named(self):
        with self.assertRaisesRegex(TypeError, "item 1 must be str or bytes, not int"):
            chat().encode_batch(["a", 5])
        with self.assertRaisesRegex(TypeError, "not one text"):
            chat().encode_batch("a")
        with self.assertRaisesRegex(ValueError, "row 3 is null"):
            chat().encode_batch(pa.chunked_array([["a", "b"], ["c", None]]))
        with self.assertRaisesRegex(ValueError, "row 1 is null"):
            chat().encode_batch(pa.array(["left out", "a", None])[1:])
        with self.assertRaisesRegex(TypeError, "of string"):
            chat().encode_batch(pa.array([1, 2]))
        with self.assertRaisesRegex(TypeError, "give the one that holds the texts"):
            chat().encode_batch(pa.table({"a": ["x"]}))
        with self.assertRaisesRegex(TypeError, "decode it first"):
            chat().encode_batch(pa.array(["a", "a"]).dictionary_encode())
        with self.assertRaisesRegex(ValueError, r"U\+DC00"):
            chat().encode_batch(["a", "\udc00"])

    def test_a_failure_names_its_text(self):
        with self.assertRaisesRegex(ValueError, r"text 2: .*<\|end\|>"):
            chat().encode_batch(["a", "b", "c<|end|>"], special_tokens="forbid")

    @given(st.lists(st.text()), st.integers(0, 3))
    def test_rows_are_those_of_encode(self, texts, threads):
        expected = [chat().encode(text) for text in texts]
        batch = chat().encode_batch(texts, threads=threads)
        self.assertEqual(batch.to_lists(), expected)
        self.assertEqual(chat().count_batch(texts).tolist(), [len(row) for row in expected])
        self.assertEqual(list(chat().decode_batch(batch)), [chat().decode(row) for row in expected])
        if "\0" not in "".join(texts):
            self.assertEqual(chat().encode_batch(np.array(texts, str)).to_lists(), expected)
            self.assertEqual(chat().encode_batch(pa.array(texts, pa.string())).to_lists(), expected)


class TokenBatchTest(unittest.TestCase):
    def setUp(self):
        self.batch = woodchuck().encode_batch(["chuck a woodchuck", "", "wood"])

    def test_is_flat(self):
        self.assertEqual(self.batch.ids.dtype, np.uint16)
        self.assertEqual(self.batch.offsets.dtype, np.int64)
        self.assertEqual(self.batch.offsets.tolist(), [0, 3, 3, 7])
        self.assertEqual(self.batch.lengths.tolist(), [3, 0, 4])
        self.assertEqual(memoryview(self.batch.ids).format, "H")
        self.assertEqual(np.from_dlpack(self.batch.ids).tolist(), self.batch.ids.tolist())

    def test_is_indexed_like_a_sequence(self):
        self.assertEqual(len(self.batch), 3)
        self.assertEqual(self.batch[0].tolist(), [264, 100, 265])
        self.assertEqual(self.batch[-1].tolist(), self.batch[2].tolist())
        self.assertEqual([row.tolist() for row in self.batch], self.batch.to_lists())
        self.assertEqual(self.batch[1:].to_lists(), self.batch.to_lists()[1:])
        self.assertEqual(self.batch[::-1].to_lists(), self.batch.to_lists()[::-1])
        self.assertEqual(self.batch[2:1].to_lists(), [])
        for wrong in (3, -4):
            with self.assertRaisesRegex(IndexError, "of a batch of 3 rows"):
                self.batch[wrong]

    def test_is_padded_on_either_side(self):
        ids, lengths = self.batch.padded()
        self.assertEqual(ids.tolist()[0], [264, 100, 265, 0])
        self.assertEqual(lengths.tolist(), [3, 0, 4])
        ids, lengths = self.batch.padded(2, "left", pad_id=7)
        self.assertEqual(ids.tolist()[:2], [[264, 100], [7, 7]])
        self.assertEqual(lengths.tolist(), [2, 0, 2])
        ids, _ = self.batch.padded(5, side="left", pad_id=2)
        self.assertEqual(ids.tolist()[0], [2, 2, 264, 100, 265])
        with self.assertRaisesRegex(ValueError, "side"):
            self.batch.padded(side="both")

    def test_is_an_arrow_array(self):
        array = pa.array(self.batch)
        self.assertEqual(array.type, pa.list_(pa.uint32()))
        self.assertEqual(array.to_pylist(), self.batch.to_lists())
        array.validate(full=True)
        part = pa.array(self.batch[1:])
        self.assertEqual(part.to_pylist(), self.batch.to_lists()[1:])
        items = array.values
        del array
        self.assertEqual(items.to_pylist(), self.batch.ids.tolist())
        empty = pa.array(woodchuck().encode_batch([]))
        self.assertEqual(empty.to_pylist(), [])

    def test_ids_of_uint32_are_shared_with_arrow(self):
        batch = TokenBatch.from_rows([[1, 2], [70000]])
        array = pa.array(batch)
        self.assertEqual(array.values.buffers()[1].address, batch.ids.ctypes.data)
        del batch
        self.assertEqual(array.to_pylist(), [[1, 2], [70000]])

    def test_is_equal_and_pickled_by_what_it_holds(self):
        self.assertEqual(pickle.loads(pickle.dumps(self.batch)), self.batch)
        self.assertNotEqual(self.batch, self.batch[1:])

    def test_spans_are_those_of_encode_with_offsets(self):
        texts = ["Größe", "e\u0301té", ""]
        for unit in ("characters", "bytes"):
            batch = chat().encode_batch(texts, spans=unit)
            expected = [chat().encode_with_offsets(text, unit=unit)[1] for text in texts]
            self.assertEqual(batch.spans.tolist(), np.concatenate(expected).tolist())
        self.assertIsNone(self.batch.spans)

    def test_a_large_vocabulary_has_wide_ids(self):
        texts = [f"{i:05d}" for i in range(70000)]
        tokenizer = train(texts, vocab_size=300, pad_vocab_to=70000).tokenizer()
        batch = tokenizer.encode_batch(["12345", "1"])
        self.assertEqual(batch.ids.dtype, np.uint32)
        self.assertEqual(batch.to_lists(), [tokenizer.encode("12345"), tokenizer.encode("1")])


class SampleTest(unittest.TestCase):
    def test_rows_are_those_of_sample(self):
        texts = sentences(20)
        batch = chat().sample_batch(texts, alpha=0.1, samples=2, seed=3, first_document=5)
        expected = [chat().sample(text, alpha=0.1, seed=3, document=5 + i, sample=j).tolist()
                    for i, text in enumerate(texts) for j in range(2)]
        self.assertEqual(batch.to_lists(), expected)
        again = chat().sample_batch(texts, alpha=[0.1, 0.1], seed=3, documents=range(5, 25),
                                    threads=1)
        self.assertEqual(again, batch)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "3 documents for 1 texts"):
            chat().sample_batch(["a"], documents=[1, 2, 3])
        with self.assertRaisesRegex(ValueError, "method"):
            chat().sample_batch(["a"], method="beam")
        with self.assertRaisesRegex(ValueError, "alpha"):
            chat().sample_batch(["a"], alpha=-1.0)


class DecodeBatchTest(unittest.TestCase):
    def test_rows_of_any_kind(self):
        rows = [chat().encode("the wood"), chat().encode(b"\xff"), []]
        texts = chat().decode_batch(rows)
        self.assertEqual(list(texts), ["the wood", "\ufffd", ""])
        self.assertEqual(texts.bytes_of(1), b"\xff")
        self.assertEqual(texts[-1], "")
        self.assertEqual(texts.to_arrow().type, pa.large_binary())
        self.assertEqual(chat().decode_batch(rows[:1]).to_arrow().to_pylist(), ["the wood"])
        with self.assertRaisesRegex(ValueError, "row 1: id 99999"):
            chat().decode_batch([[3], [99999]])


class ProgressTest(unittest.TestCase):
    def test_a_callable_is_told(self):
        seen = []
        texts = ["the wood " * 1000] * 2000  # 18 MB: three slices
        chat().encode_batch(texts, progress=seen.append)
        self.assertEqual(seen[-1].done, seen[-1].total)
        self.assertEqual(seen[-1].total, 9000 * 2000)
        self.assertGreater(len(seen), 1)
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            batch = chat().encode_batch(texts[:3], progress=True)
        self.assertEqual(batch, chat().encode_batch(texts[:3]))
        self.assertIn("encoding", shown.getvalue())

    def test_its_exceptions_end_the_work(self):
        def fail(progress):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            chat().encode_batch(["a"], progress=fail)
        with self.assertRaisesRegex(TypeError, "progress must be"):
            chat().encode_batch(["a"], progress=3)

    def test_interrupt_ends_a_long_batch(self):
        program = textwrap.dedent("""
            import os, signal, threading, support
            texts = ["the wood " * 1000] * 1000 * 200  # gigabytes, of one str
            tokenizer = support.chat()
            threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                tokenizer.count_batch(texts, threads=1)
            except KeyboardInterrupt:
                print("interrupted")
        """)
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                                timeout=60, cwd=os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual(result.stdout, "interrupted\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
