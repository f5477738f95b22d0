# SPDX-License-Identifier: Apache-2.0
"""The reference's classes: what its documentation shows, and what its outputs were."""

import json
import os
import tempfile
import unittest
import warnings

from bytepiece_cpp.reference import Tokenizer, Trainer, convert_to_bytepiece, dump, load
from support import sentences


class ReferenceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        class Corpus:
            def __iter__(self):
                return iter(sentences(200))

        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "bytepiece.model")
        cls.trainer = Trainer(order=6, max_vocab_size=280, min_count=2)
        cls.trainer.train(Corpus(), workers=2, batch_size=1000)
        cls.trainer.save(cls.path)
        cls.tokenizer = Tokenizer(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_calls_of_its_readme(self):
        text = "白云机场 naïve"
        tokens = self.tokenizer.tokenize(text)
        self.assertEqual(b"".join(tokens).decode(), text)
        ids = self.tokenizer.encode(text)
        self.assertEqual(self.tokenizer.decode(ids), text)
        self.assertEqual(self.tokenizer.pieces_to_ids(tokens), ids)
        self.assertEqual(self.tokenizer.ids_to_pieces(ids), tokens)
        self.assertEqual(self.tokenizer.encode(text, add_bos=True, add_eos=True), [1, *ids, 2])
        self.assertEqual(list(self.tokenizer.encode(text, iter=True)), ids)
        self.assertEqual(list(self.tokenizer.tokenize(text, iter=True)), tokens)

    def test_control_tokens_have_names_and_pieces_are_bytes(self):
        self.assertEqual(self.tokenizer.piece_to_id("<eos>"), 2)
        self.assertEqual(self.tokenizer.id_to_piece(1), "<bos>")
        for wrong in ("a", b"no such piece"):
            with self.assertRaises(KeyError):
                self.tokenizer.piece_to_id(wrong)
        with self.assertRaises(KeyError):
            self.tokenizer.id_to_piece(self.tokenizer.vocab_size)

    def test_alpha_samples_and_a_seed_repeats(self):
        text = "the wood of the naïve tokenizer " * 5
        tokenizer = Tokenizer(self.path, seed=3)
        drawn = [tokenizer.encode(text, alpha=0.1) for _ in range(5)]
        self.assertGreater(len(set(map(tuple, drawn))), 1)
        tokenizer.set_seed(3)
        self.assertEqual([tokenizer.encode(text, alpha=0.1) for _ in range(5)], drawn)
        self.assertTrue(all(tokenizer.decode(ids) == text for ids in drawn))

    def test_models_are_what_its_json_holds(self):
        with open(self.path, encoding="utf-8") as file:
            content = json.load(file)
        self.assertEqual(dump(self.trainer.pieces[0]), content)
        self.assertEqual(load(self.path), self.trainer.pieces[0])
        same = Tokenizer(content)
        self.assertEqual(same.encode("the wood"), self.tokenizer.encode("the wood"))

    def test_several_sizes_are_saved_apart(self):
        trainer = Trainer(max_vocab_size=[270, 280])
        trainer.train(sentences(200))
        self.assertEqual(trainer.max_vocab_size, [280, 270])
        with tempfile.TemporaryDirectory() as folder:
            trainer.save(os.path.join(folder, "m"))
            sizes = {name: Tokenizer(os.path.join(folder, name)).vocab_size
                     for name in os.listdir(folder)}
        self.assertEqual(sizes, {"m.280": 280, "m.270": 270})
        with self.assertRaisesRegex(ValueError, "call train first"):
            Trainer().save("m")

    def test_convert_to_bytepiece(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m")
            convert_to_bytepiece({"wood": 9, b"\xff\xfe": 2}, path)
            tokenizer = Tokenizer(path)
        self.assertEqual(tokenizer.vocab_size, 256 + 3 + 2)
        self.assertEqual(tokenizer.tokenize("wood"), [b"wood"])


class AdaptersTest(unittest.TestCase):
    def setUp(self):
        from support import chat
        self.tokenizer = chat()

    def test_tiktoken(self):
        encoding = self.tokenizer.as_tiktoken()
        text = "the wood<|end|>"
        with self.assertRaisesRegex(ValueError, r"<\|end\|>"):
            encoding.encode(text)
        self.assertEqual(encoding.encode(text, disallowed_special=()),
                         self.tokenizer.encode(text))
        end = encoding.encode_single_token("<|end|>")
        self.assertEqual(encoding.encode(text, allowed_special={"<|end|>"})[-1], end)
        self.assertEqual(encoding.encode(text, allowed_special="all")[-1], end)
        with self.assertRaisesRegex(ValueError, "not allowed"):
            encoding.encode(text, disallowed_special={"<|end|>"})
        self.assertEqual(encoding.encode_ordinary_batch([text, "a"]),
                         [self.tokenizer.encode(text), self.tokenizer.encode("a")])
        self.assertEqual(encoding.encode_batch([text], allowed_special="all"),
                         [encoding.encode(text, allowed_special="all")])
        with self.assertRaisesRegex(ValueError, r"<\|end\|>"):
            encoding.encode_batch(["a", text])
        ids = encoding.encode_ordinary("白云")
        self.assertEqual(encoding.decode(ids), "白云")
        self.assertEqual(b"".join(encoding.decode_tokens_bytes(ids)), "白云".encode())
        self.assertEqual(encoding.decode_batch([ids, []]), ["白云", ""])
        self.assertEqual(encoding.encode_to_numpy("a").dtype, "uint32")
        self.assertEqual(len(encoding.token_byte_values()), self.tokenizer.num_pieces)
        self.assertEqual((encoding.n_vocab, encoding.max_token_value, encoding.eot_token),
                         (self.tokenizer.vocab_size, self.tokenizer.vocab_size - 1, 2))
        with self.assertRaises(KeyError):
            encoding.encode_single_token("no such token")
        with self.assertRaises(KeyError):
            encoding.decode_single_token_bytes(10**6)

    def test_huggingface(self):
        hf = self.tokenizer.as_huggingface(add_eos=True, padding_side="left")
        texts = ["the wood", "a"]
        rows = [self.tokenizer.encode(text, eos=True) for text in texts]
        self.assertEqual(hf(texts)["input_ids"], rows)
        self.assertEqual(hf(texts[0])["attention_mask"], [1] * len(rows[0]))
        padded = hf(texts, padding=True, return_tensors="np")
        self.assertEqual(padded["input_ids"].shape, (2, len(rows[0])))
        self.assertEqual(padded["attention_mask"].sum(1).tolist(), [len(row) for row in rows])
        self.assertEqual(padded["input_ids"][1].tolist()[-2:], rows[1])
        fixed = hf(texts, padding="max_length", max_length=3, truncation=True)["input_ids"]
        self.assertEqual([len(row) for row in fixed], [3, 3])
        self.assertEqual(hf.pad({"input_ids": rows})["input_ids"], padded["input_ids"].tolist())
        self.assertEqual(hf.pad([{"input_ids": row} for row in rows])["input_ids"],
                         padded["input_ids"].tolist())
        self.assertEqual(hf.encode("a", add_special_tokens=False), self.tokenizer.encode("a"))
        self.assertEqual(hf.decode(rows[0]), "the wood<eos>")
        self.assertEqual(hf.batch_decode(rows, skip_special_tokens=True), texts)
        self.assertEqual(hf.convert_tokens_to_ids(hf.tokenize("白\udcff云".replace("\udcff", ""))),
                         self.tokenizer.encode("白云"))
        vocabulary = hf.get_vocab()
        self.assertEqual(len(vocabulary), len(hf))
        self.assertEqual(hf.convert_ids_to_tokens(2), "<eos>")
        self.assertIn("<|user|>", hf.all_special_tokens)
        self.assertEqual(hf.all_special_ids[:3], [0, 1, 2])
        with self.assertRaisesRegex(ValueError, "different lengths"):
            hf(texts, return_tensors="np")


if __name__ == "__main__":
    warnings.simplefilter("error")
    unittest.main()
