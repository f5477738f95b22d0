# SPDX-License-Identifier: Apache-2.0
"""Exports are those of the command line, which tests/export tests in other runtimes."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from bytepiece_cpp import Tokenizer
from bytepiece_cpp.reference import Tokenizer as ReferenceTokenizer
from support import chat, sentences, train


class ExportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        chat().save(self.folder / "m")

    def convert(self, target, *options):
        expected = self.folder / target
        subprocess.run([os.environ["BYTEPIECE_BINARY"], "convert", "--to", target, *options, "-o",
                        expected, self.folder / "m"], check=True, capture_output=True)
        return expected

    def files(self, folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def test_huggingface(self):
        out = self.folder / "out"
        notes = chat().export_huggingface(out)
        self.assertEqual(self.files(out), self.files(self.convert("huggingface")))
        self.assertTrue(any("special token" in note for note in notes), notes)
        template = self.folder / "chat.jinja"
        template.write_text("{{ messages }}")
        chat().export_huggingface(out, chat_template="{{ messages }}", javascript=True)
        self.assertEqual(self.files(out), self.files(
            self.convert("huggingface-js", "--chat-template", template)))

    def test_sentencepiece(self):
        notes = chat().export_sentencepiece(self.folder / "out.model")
        self.assertEqual((self.folder / "out.model").read_bytes(),
                         self.convert("sentencepiece").read_bytes())
        self.assertIsInstance(notes, list)
        model = train(sentences(50), vocab_size=280, method="exact")
        model.save(self.folder / "reference", "reference")
        ReferenceTokenizer(str(self.folder / "reference")).convert_to_sentencepiece(
            str(self.folder / "sp.model"))
        self.assertGreater((self.folder / "sp.model").stat().st_size, 1000)

    def test_a_folder_of_another_tokenizer_is_left_alone(self):
        (self.folder / "special_tokens_map.json").write_text("{}")
        with self.assertRaisesRegex(ValueError, "special_tokens_map.json"):
            chat().export_huggingface(self.folder)
        self.assertFalse((self.folder / "tokenizer.json").exists())

    def test_another_normalisation_is_not_exported(self):
        tokenizer = Tokenizer.from_bytes(chat().to_bytes(), normalization="none")
        with self.assertRaisesRegex(ValueError, "normalization='none'"):
            tokenizer.export_huggingface(self.folder / "out")


if __name__ == "__main__":
    unittest.main()
