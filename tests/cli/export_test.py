# SPDX-License-Identifier: Apache-2.0
"""bytepiece convert --to huggingface, huggingface-js, sentencepiece: the files and what is said.

What the libraries make of them: tests/export.
"""
import json
import os
import stat
import unittest

from support import OWN_CORPUS, CliTest, reference_model, run

TOKEN_NOTE = ('bytepiece: note: in any text, HuggingFace takes "<pad>", "<bos>", "<eos>" and '
              '"<|end|>" for special tokens, unless told otherwise there (split_special_tokens); '
              'here they are text\n')


class ExportTest(CliTest):

    def convert(self, *arguments):
        """Standard error of a run that must succeed and print nothing else."""
        code, out, err = run("convert", *arguments)
        self.assertEqual((code, out), (0, b""), err)
        return err

    def read(self, folder, name="tokenizer.json"):
        return json.loads((folder / name).read_text(encoding="utf-8"))

    def test_a_folder_for_huggingface(self):
        folder = self.folder / "hf"
        self.assertEqual(self.convert("--to", "huggingface", "-o", folder, self.model), TOKEN_NOTE)
        self.assertEqual(sorted(os.listdir(folder)), ["tokenizer.json", "tokenizer_config.json"])
        tokenizer = self.read(folder)
        self.assertEqual(tokenizer["normalizer"]["normalizers"],
                         [{"type": "NFC"}, {"type": "ByteLevel"}])
        self.assertIsNone(tokenizer["pre_tokenizer"])
        vocabulary = tokenizer["model"]["vocab"]
        self.assertEqual(len(vocabulary), 600)
        self.assertEqual(vocabulary[-1][0], "<|end|>")
        self.assertEqual([token["id"] for token in tokenizer["added_tokens"]], [0, 1, 2, 599])
        for _, score in vocabulary[3:-1]:  # the model is of whole scores
            self.assertEqual(score * 64, round(score * 64))
        config = self.read(folder, "tokenizer_config.json")
        self.assertEqual(config["additional_special_tokens"], ["<|end|>"])
        self.assertNotIn("chat_template", config)

    def test_the_same_bytes_each_time(self):
        for target in ("huggingface", "huggingface-js"):
            for name in ("a", "b"):
                self.convert("--to", target, "-o", self.folder / name, self.model)
            for file in ("tokenizer.json", "tokenizer_config.json"):
                self.assertEqual((self.folder / "a" / file).read_bytes(),
                                 (self.folder / "b" / file).read_bytes())
        self.convert("--to", "sentencepiece", "-o", self.folder / "s", self.model)
        self.convert("--to", "sentencepiece", "-o", self.folder / "t", self.model)
        self.assertEqual((self.folder / "s").read_bytes(), (self.folder / "t").read_bytes())

    def test_for_javascript(self):
        folder = self.folder / "js"
        self.convert("--to", "huggingface-js", "-o", folder, self.model)
        tokenizer = self.read(folder)
        self.assertEqual(tokenizer["normalizer"], {"type": "NFC"})
        self.assertEqual([step["type"] for step in tokenizer["pre_tokenizer"]["pretokenizers"]],
                         ["Split", "ByteLevel"])
        other = self.folder / "hf"
        self.convert("--to", "huggingface", "-o", other, self.model)
        self.assertEqual(self.read(other)["model"], tokenizer["model"])

    def test_options_of_the_model_count(self):
        folder = self.folder / "hf"
        log = self.write("log", reference_model({b"ab": 70, b"bc": 210}))
        err = self.convert("--to", "huggingface", "-o", folder, log)
        self.assertIn("warning: the model scores by logarithms", err)
        self.assertEqual(self.read(folder)["model"]["vocab"][-1][0], "bc")
        err = self.convert("--to", "huggingface", "--scores", "whole", "--add-special-token", "<|b|>",
                           "--normalization", "none", "-o", folder, log)
        self.assertNotIn("warning", err)
        tokenizer = self.read(folder)
        self.assertEqual(tokenizer["model"]["vocab"][-1][0], "<|b|>")
        self.assertEqual(tokenizer["normalizer"]["normalizers"], [{"type": "ByteLevel"}])
        text = self.write("text.txt", b"abc")
        err = self.convert("--to", "huggingface", "--scores", "whole", "--compare", text, "-o",
                           folder, log)
        self.assertIn("ids that change  0 of 2", err)

    def test_a_chat_template(self):
        template = self.write("chat.jinja", "{{ messages }}<|end|>\n世".encode())
        for target in ("huggingface", "huggingface-js"):
            folder = self.folder / target
            self.convert("--to", target, "--chat-template", template, "-o", folder, self.model)
            self.assertEqual(self.read(folder, "tokenizer_config.json")["chat_template"],
                             "{{ messages }}<|end|>\n世")
        self.fails("convert", "--chat-template", template, "-o", self.folder / "m", self.model,
                   code=2, says="--chat-template goes with --to huggingface")
        self.fails("convert", "--to", "huggingface", "--chat-template", self.folder / "none", "-o",
                   self.folder / "m", self.model, says="none: No such file")
        bad = self.write("bad.jinja", b"\xff")
        self.fails("convert", "--to", "huggingface", "--chat-template", bad, "-o",
                   self.folder / "m", self.model, says="the chat template is not valid UTF-8")
        self.assertFalse((self.folder / "m").exists())

    def test_what_else_is_in_the_folder(self):
        folder = self.folder / "checkpoint"
        self.write("checkpoint/config.json", b"{}")
        self.write("checkpoint/tokenizer.json", b"old")
        self.convert("--to", "huggingface", "-o", folder, self.model)
        self.assertEqual((folder / "config.json").read_bytes(), b"{}")
        self.assertEqual(len(self.read(folder)["model"]["vocab"]), 600)
        for name in ("special_tokens_map.json", "chat_template.jinja", "added_tokens.json"):
            path = self.write(f"checkpoint/{name}", b"{}")
            self.fails("convert", "--to", "huggingface", "-o", folder, self.model,
                       says=f"{name}: belongs to another tokenizer and would be read with this one")
            path.unlink()

    def test_names_that_are_no_folder(self):
        self.fails("convert", "--to", "huggingface", "-o", "-", self.model, code=2,
                   says="makes a folder, not one file")
        file = self.write("file", b"")
        self.fails("convert", "--to", "huggingface", "-o", file, self.model, says="is no folder")
        self.fails("convert", "--to", "huggingface", "-o", self.folder / "a/b", self.model,
                   says="a/b: No such file or directory")
        self.fails("convert", "--to", "sentencepiece", "-o", self.folder, self.model,
                   says="is a directory")

    def test_what_is_read_is_not_written(self):
        model = self.write("m/tokenizer.json", self.model.read_bytes())
        self.fails("convert", "--to", "huggingface", "-o", model.parent, model, code=2,
                   says="tokenizer.json is the model")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_cannot_be_written(self):
        folder = self.folder / "closed"
        folder.mkdir()
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        self.fails("convert", "--to", "huggingface", "-o", folder, self.model,
                   says="Permission denied")

    def test_a_piece_spelled_like_a_special_token(self):
        model = self.write("m", reference_model({b"<eos>": 9}))
        err = self.convert("--to", "huggingface", "-o", self.folder / "hf", model)
        self.assertIn('warning: token 259 is a piece spelled like the special token "<eos>", and '
                      "HuggingFace tells tokens apart by spelling: no text becomes it there", err)
        self.assertEqual(self.read(self.folder / "hf")["model"]["vocab"][259][0], "<piece 259>")
        err = self.convert("--to", "sentencepiece", "-o", self.folder / "s", model)
        self.assertIn("no place for pieces: 1 with names that are taken there", err)

    def test_a_sentencepiece_model(self):
        path = self.folder / "spm.model"
        err = self.convert("--to", "sentencepiece", "-o", path, self.model)
        self.assertIn("bytepiece: note: SentencePiece gives characters that are no piece one score",
                      err)
        self.assertIn("128 more ids", err)
        self.fails("encode", "-m", path, OWN_CORPUS,
                   says="a SentencePiece model (Unigram, vocabulary of 728), not a BytePiece model")
        code, out, err = run("convert", "--to", "sentencepiece", "-o", "-", self.model)
        self.assertEqual((code, out), (0, path.read_bytes()))
        broken = self.write("m", reference_model({b"\xe4\xb8": 9, b"a\0": 5}))
        err = self.convert("--to", "sentencepiece", "-o", path, broken)
        self.assertIn("no place for pieces: 1 that are no whole characters, 1 with a NUL among other "
                      "bytes; texts that use them get other ids there", err)
        self.assertIn("logarithms, which SentencePiece rounds to 24 bits", err)
