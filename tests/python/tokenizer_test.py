# SPDX-License-Identifier: Apache-2.0
import copy
import os
import pickle
import tempfile
import threading
import unittest

import numpy as np
from bytepiece_cpp import StreamingDecoder, StreamingEncoder, Tokenizer
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, chat, sentences, train, woodchuck


class EncodeTest(unittest.TestCase):
    def test_str_and_bytes_of_any_kind_give_the_same_ids(self):
        text = "naïve 白云"
        data = text.encode()
        expected = chat().encode(text)
        for same in (data, bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
            self.assertEqual(chat().encode(same), expected)
        self.assertEqual(chat().encode_array(text).tolist(), expected)
        self.assertEqual(chat().count(text), len(expected))

    def test_bos_and_eos_are_asked_for(self):
        self.assertEqual(woodchuck().encode("a", bos=True, eos=True), [1, 100, 2])

    def test_ids_are_as_wide_as_the_vocabulary(self):
        self.assertEqual(woodchuck().encode_array("a").dtype, np.uint16)
        self.assertEqual(woodchuck().dtype, np.uint16)

    def test_half_a_surrogate_pair_is_named(self):
        with self.assertRaisesRegex(ValueError, r"U\+D800, at character 2"):
            woodchuck().encode("ab\ud800c")

    def test_what_is_no_text_is_named(self):
        for wrong in (None, 5, 1.5, {}):
            with self.assertRaisesRegex(TypeError, "must be str or bytes, not " +
                                        type(wrong).__name__):
                woodchuck().encode(wrong)

    def test_encode_up_to_counts_as_its_text_does(self):
        text = "白云机场" * 5
        ids, consumed = chat().encode_up_to(text, 3)
        self.assertEqual(ids.tolist(), chat().encode(text)[:3])
        self.assertEqual(chat().decode(ids), text[:consumed])
        ids, consumed = chat().encode_up_to(text.encode(), 3)
        self.assertEqual(chat().decode_bytes(ids), text.encode()[:consumed])
        with self.assertRaisesRegex(ValueError, "max_tokens"):
            chat().encode_up_to(text, -1)

    @given(st.text())
    def test_decode_gives_nfc_back(self, text):
        import unicodedata
        # Of characters newer than the library's Unicode nothing is said.
        decoded = chat().decode(chat().encode(text))
        self.assertEqual(unicodedata.normalize("NFC", decoded), unicodedata.normalize("NFC", text))

    @given(st.binary())
    def test_any_bytes_come_back_without_normalisation(self, data):
        tokenizer = Tokenizer.from_bytes(chat().to_bytes(), normalization="none")
        ids = tokenizer.encode(data)
        self.assertEqual(tokenizer.decode_bytes(ids), data)
        self.assertEqual(tokenizer.count(data), len(ids))

    @given(st.text())
    def test_ranges_cover_the_text_in_either_unit(self, text):
        for unit, length in (("characters", len(text)), ("bytes", len(text.encode()))):
            ids, ranges = chat().encode_with_offsets(text, unit=unit)
            self.assertEqual(ids.tolist(), chat().encode(text))
            flat = ranges.reshape(-1)
            self.assertTrue((np.diff(flat) >= 0).all())
            if text:
                self.assertEqual((flat[0], flat[-1]), (0, length))

    def test_the_unit_is_that_of_the_text_unless_asked(self):
        text = "Größe"
        self.assertEqual(chat().encode_with_offsets(text)[1][-1, 1], 5)
        self.assertEqual(chat().encode_with_offsets(text.encode())[1][-1, 1], 7)
        with self.assertRaisesRegex(ValueError, "unit"):
            chat().encode_with_offsets(text, unit="words")


class SpecialTokensTest(unittest.TestCase):
    TEXT = "<|user|>wood<|end|>"

    def setUp(self):
        self.user, self.end = (chat().token_to_id(name) for name in ("<|user|>", "<|end|>"))

    def test_the_policy_decides(self):
        self.assertNotIn(self.user, chat().encode(self.TEXT))
        allowed = chat().encode(self.TEXT, special_tokens="allow")
        self.assertEqual((allowed[0], allowed[-1]), (self.user, self.end))
        with self.assertRaisesRegex(ValueError, r"<\|user\|>"):
            chat().encode(self.TEXT, special_tokens="forbid")
        some = chat().encode(self.TEXT, allow=["<|end|>"])
        self.assertEqual(some[-1], self.end)
        self.assertNotIn(self.user, some)
        with self.assertRaisesRegex(ValueError, "no special token \"<nope>\""):
            chat().encode(self.TEXT, allow=["<nope>"])
        with self.assertRaisesRegex(ValueError, "special_tokens must be"):
            chat().encode(self.TEXT, special_tokens="perhaps")

    def test_users_text_never_becomes_a_special_token(self):
        evil = "a<|end|>b"
        ids = chat().encode([("<|user|>", True), (evil, False), ("<|end|>", True)])
        self.assertEqual((ids[0], ids[-1]), (self.user, self.end))
        self.assertEqual(ids[1:-1], chat().encode(evil))

    def test_a_token_put_together_of_two_spans_is_text(self):
        ids = chat().encode([("<|us", True), ("er|>", True), ("<|user", False), ("|>", True)])
        self.assertEqual(ids, chat().encode("<|user|><|user|>"))

    @given(st.lists(st.tuples(st.text(), st.booleans())))
    def test_spans_without_special_tokens_are_one_text(self, spans):
        if any("<|" in text for text, _ in spans):
            return
        # An empty list of spans is a text without characters.
        self.assertEqual(chat().encode(spans), chat().encode("".join(text for text, _ in spans)))

    def test_a_list_of_anything_else_says_what_it_must_be(self):
        for wrong in (["a"], [("a", 1)], [("a",)]):
            with self.assertRaisesRegex(TypeError, r"\(text, allow\)"):
                chat().encode(wrong)


class DecodeTest(unittest.TestCase):
    def test_ids_of_any_kind(self):
        ids = chat().encode("the wood")
        for same in (tuple(ids), iter(ids), np.array(ids), np.array(ids, np.uint16),
                     np.array(ids, np.int32), np.array(ids, np.uint32), np.array(ids * 2)[::1][:len(ids)]):
            self.assertEqual(chat().decode(same), "the wood")
        self.assertEqual(chat().decode([]), "")
        self.assertEqual(chat().decode(np.repeat(np.array(ids), 2)[::2]), "the wood")

    def test_an_id_outside_is_named_with_its_place(self):
        with self.assertRaisesRegex(ValueError, "99999 at position 1"):
            chat().decode([3, 99999])
        for wrong in ([2**40], [-1], np.array([2**40]), np.array([2**63], np.uint64)):
            with self.assertRaisesRegex(ValueError, "outside the vocabulary"):
                chat().decode(wrong)
        with self.assertRaises(TypeError):
            chat().decode("text")
        with self.assertRaises(TypeError):
            chat().decode([1.5])

    def test_broken_utf8_is_as_asked(self):
        ids = chat().encode(b"a\xff")
        self.assertEqual(chat().decode(ids), "a\ufffd")
        self.assertEqual(chat().decode_bytes(ids), b"a\xff")
        with self.assertRaises(UnicodeDecodeError):
            chat().decode(ids, errors="strict")

    def test_control_and_special_tokens_are_written_as_asked(self):
        ids = [1, *chat().encode("<|user|>a", special_tokens="allow"), 2]
        self.assertEqual(chat().decode(ids), "<|user|>a")
        self.assertEqual(chat().decode(ids, control_tokens=True), "<bos><|user|>a<eos>")
        self.assertEqual(chat().decode(ids, special_tokens=False), "a")

    def test_ids_and_bytes_are_each_others(self):
        for id in range(chat().vocab_size):
            if id >= 3:
                self.assertEqual(chat().token_to_id(chat().id_to_bytes(id)), id)
        self.assertIsNone(chat().token_to_id("no piece of this vocabulary"))
        self.assertEqual((chat().pad_id, chat().bos_id, chat().eos_id), (0, 1, 2))
        for wrong in (-1, chat().vocab_size):
            with self.assertRaisesRegex(ValueError, "outside the vocabulary"):
                chat().id_to_bytes(wrong)


class StreamingTest(unittest.TestCase):
    @given(st.lists(st.binary()))
    def test_parts_give_the_ids_of_the_whole(self, parts):
        encoder = StreamingEncoder(chat())
        ids = [id for part in parts for id in encoder.feed(part)] + encoder.finish()
        self.assertEqual(ids, chat().encode(b"".join(parts)))
        self.assertEqual(encoder.pending, 0)

    @given(st.text())
    def test_whole_characters_alone_come_out(self, text):
        decoder = StreamingDecoder(chat())
        ids = chat().encode(text)
        shown = [decoder.feed(id) for id in ids] + [decoder.finish()]
        self.assertEqual("".join(shown), chat().decode(ids))

    def test_errors_leave_the_decoder_usable(self):
        decoder = StreamingDecoder(woodchuck())
        with self.assertRaisesRegex(ValueError, "outside"):
            decoder.feed(99999)
        self.assertEqual(decoder.feed(100), "a")


class IdentityTest(unittest.TestCase):
    def test_equal_models_are_equal(self):
        same = Tokenizer.from_bytes(woodchuck().to_bytes())
        self.assertEqual(woodchuck(), same)
        self.assertEqual(hash(woodchuck()), hash(same))
        self.assertNotEqual(woodchuck(), chat())
        self.assertNotEqual(woodchuck(),
                            Tokenizer.from_bytes(woodchuck().to_bytes(), normalization="none"))
        self.assertNotEqual(woodchuck(), "woodchuck")

    def test_from_bytes_is_pickled_whole(self):
        self.assertEqual(pickle.loads(pickle.dumps(chat())), chat())
        self.assertEqual(copy.deepcopy(chat()), chat())
        none = Tokenizer.from_bytes(chat().to_bytes(), normalization="none")
        self.assertEqual(pickle.loads(pickle.dumps(none)).normalization, "none")

    def test_from_a_file_is_pickled_as_its_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "my.model")
            chat().save(path)
            tokenizer = Tokenizer(path)
            pickled = pickle.dumps(tokenizer)
            self.assertLess(len(pickled), 1000)
            self.assertEqual(pickle.loads(pickled), tokenizer)
            woodchuck().save(path)
            with self.assertRaisesRegex(ValueError, f"{path}, which holds another model"):
                pickle.loads(pickled)
            os.unlink(path)
            with self.assertRaisesRegex(FileNotFoundError, f"{path}, which is not here"):
                pickle.loads(pickled)

    def test_a_missing_or_wrong_file_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "no/such.model"):
            Tokenizer("no/such.model")
        with self.assertRaisesRegex(ValueError, "README.md"):
            Tokenizer(ROOT / "README.md")

    def test_the_reference_s_models_are_read(self):
        model = train(sentences(50), vocab_size=300, method="exact")
        json = model.to_bytes("reference").decode()
        tokenizer = Tokenizer.from_reference_json(json)
        self.assertEqual(tokenizer.encode("the wood"), model.tokenizer().encode("the wood"))
        with self.assertRaisesRegex(ValueError, "no JSON object"):
            Tokenizer.from_reference_json("my.model")

    def test_a_compiled_model_is_used_as_it_is_where_trusted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "compiled")
            chat().save(path, "compiled")
            trusted = Tokenizer(path, trusted=True)
            self.assertTrue(trusted.is_compiled)
            self.assertEqual(trusted, chat())
            self.assertEqual(pickle.loads(pickle.dumps(trusted)), chat())

    def test_notebooks_show_pieces_escaped(self):
        tokenizer = train(["<b>&amp;<b>"] * 20, vocab_size=270, min_count=1).tokenizer()
        html = tokenizer.show("<b>&")._repr_html_()
        self.assertNotIn("<b>", html)
        self.assertIn("&lt;", html)
        self.assertNotIn("<b>", tokenizer._repr_html_())
        self.assertIn("400", chat()._repr_html_() + repr(chat()))


class ThreadsTest(unittest.TestCase):
    def test_many_threads_share_one_tokenizer(self):
        texts = sentences(200)
        expected = [chat().encode(text) for text in texts]
        wrong = []

        def work():
            for _ in range(5):
                if [chat().encode(text) for text in texts] != expected:
                    wrong.append("encode")
                if chat().encode_batch(texts).to_lists() != expected:
                    wrong.append("encode_batch")

        threads = [threading.Thread(target=work) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class LifetimeTest(unittest.TestCase):
    def test_arrays_outlive_their_tokenizer(self):
        import gc
        tokenizer = Tokenizer.from_bytes(chat().to_bytes())
        ids = tokenizer.encode_array("the wood " * 1000)
        batch = tokenizer.encode_batch(["the wood " * 1000])
        stream = StreamingEncoder(tokenizer)
        every = tokenizer.segmentations("the wood")
        del tokenizer
        gc.collect()
        self.assertEqual(batch[0].tolist(), ids.tolist())
        self.assertEqual(every.nbest(1).rows[0].tolist(),
                         stream.feed("the wood") + stream.finish())

    def test_memory_does_not_grow(self):
        """10 million calls by BYTEPIECE_LONG, which take minutes; else some hundred thousand."""
        calls = 10_000_000 if os.environ.get("BYTEPIECE_LONG") else 200_000
        text = "the wood of the 白云机场"

        def run(count):
            for _ in range(count):
                ids = chat().encode(text)
                chat().decode(ids)
                chat().encode_array(text)

        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        run(20_000)
        before = resident()
        run(calls // 3)
        self.assertLess(resident() - before, 2 << 20)


if __name__ == "__main__":
    unittest.main()
