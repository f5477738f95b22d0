# SPDX-License-Identifier: Apache-2.0
"""evaluate with models of other libraries, which the user's Python runs."""
import importlib.util
import json
import os
import subprocess
import sys
import unittest

from support import BINARY, OWN_CORPUS, CliTest

# A stand-in with the interface of SentencePiece: a token a character, "z" unknown, spaces dropped
# but at the start, where there is a token without text.
STAND_IN = '''
class SentencePieceProcessor:
    def __init__(self, model_file):
        assert open(model_file, "rb").read()
    def vocab_size(self):
        return 1234
    def unk_id(self):
        return 7
    def encode(self, text, return_type):
        assert return_type == "offset_mapping"
        if "crash" in text:
            raise RuntimeError("no\\nway")
        places = [(0, 0)] + [(i, i + 1) for i, c in enumerate(text) if c != " "]
        ids = [1] + [7 if c == "z" else 2 for c in text if c != " "]
        return {"ids": ids, "offsets": places}
'''


def field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value


def sentencepiece_model():
    pieces = b"".join(field(1, field(1, b"piece%d" % i) + b"\x15\0\0\0\0") for i in range(3))
    return pieces + field(2, b"\x18\x01")


class EvaluatePeersTest(CliTest):

    def setUp(self):
        super().setUp()
        self.spm = self.write("spm.model", sentencepiece_model())
        self.hf = self.write("tokenizer.json", json.dumps(
            {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}).encode())

    def evaluate(self, *arguments, modules=None, path=None, stdin=b""):
        """Exit code, standard output and standard error, with these Python modules there."""
        for name, source in (modules or {}).items():
            self.write(f"modules/{name}.py", source.encode())
        environment = dict(os.environ, PYTHONPATH=str(self.folder / "modules"),
                           PYTHONDONTWRITEBYTECODE="1")
        if path is not None:
            environment["PATH"] = path
        done = subprocess.run([BINARY, "evaluate", *map(str, arguments)], env=environment,
                              input=stdin, capture_output=True, timeout=100)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_side_by_side(self):
        text = "hé llo 世\nzz 1".encode()
        code, out, err = self.evaluate("-m", self.model, "-m", self.spm, "--json", stdin=text,
                                       modules={"sentencepiece": STAND_IN})
        self.assertEqual(code, 0, err)
        ours, peer = json.loads(out)["models"]
        self.assertEqual(ours["unknown_tokens"], 0)
        self.assertGreater(ours["vocabulary_used"], 0)
        self.assertEqual((peer["model"], peer["vocabulary_size"]), (str(self.spm), 1234))
        self.assertEqual((peer["tokens"], peer["unknown_tokens"]), (11, 2))
        self.assertAlmostEqual(peer["bytes_per_token"], len(text) / 11)
        self.assertIsNone(peer["tokens_per_second"])
        self.assertIsNone(peer["renyi_efficiency"])
        scripts = peer["scripts"]
        # "h" has the token without text, too; what follows a space shares its token with that.
        for name, tokens in (("latin", 7.5), ("han", 0.75), ("whitespace", 2.25), ("digits", 0.5)):
            self.assertAlmostEqual(scripts[name]["tokens"], tokens)
        self.assertAlmostEqual(sum(s["tokens"] for s in scripts.values()), 11)
        self.assertEqual({name: s["characters"] for name, s in scripts.items() if s["characters"]},
                         {name: s["characters"] for name, s in ours["scripts"].items()
                          if s["characters"]})
        code, out, err = self.evaluate("-m", self.model, "-m", self.spm, stdin=text)
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"unknown tokens +0 +2\n")
        self.assertRegex(out, r"Rényi efficiency +[\d.]+ +-\n")

    def test_a_missing_package_is_named(self):
        missing = {"sentencepiece": "raise ImportError", "tokenizers": "raise ImportError"}
        for model, package in ((self.spm, "sentencepiece"), (self.hf, "tokenizers")):
            code, out, err = self.evaluate("-m", model, stdin=b"text", modules=missing)
            self.assertEqual((code, out), (1, ""))
            self.assertEqual(err, f"bytepiece: {model}: comparing with it takes the Python package "
                                  f"{package}, which python3 does not find; \"pip install {package}\""
                                  " installs it\n")
        code, _, err = self.evaluate("-m", self.spm, stdin=b"text", path="")
        self.assertEqual(code, 1)
        self.assertIn("cannot run python3: No such file", err)

    def test_failures_are_one_line(self):
        for source, says in ((STAND_IN, "no way"), ("import os; os._exit(3)", "has ended early"),
                             (STAND_IN.replace("return 1234", "raise OSError('bad\\nfile')"),
                              "bad file")):
            code, out, err = self.evaluate("-m", self.spm, stdin=b"crash",
                                           modules={"sentencepiece": source})
            self.assertEqual((code, out), (1, ""))
            self.assertEqual(len(err.splitlines()), 1, err)
            self.assertIn(says, err)

    def test_what_cannot_be_compared(self):
        ranks = self.write("cl100k.tiktoken", b"IQ== 0\nIg== 1\n")
        self.fails("evaluate", "-m", ranks, OWN_CORPUS, says="a tiktoken vocabulary")
        for command in (("encode", "-m"), ("inspect", "-m"), ("convert", "-o", "x")):
            self.fails(*command, self.hf, says="a HuggingFace tokenizer (BPE, vocabulary of 1), not a")
            self.fails(*command, self.spm, says="a SentencePiece model (Unigram, vocabulary of 3), not")

    @unittest.skipUnless(importlib.util.find_spec("sentencepiece"), "no Python package sentencepiece")
    def test_sentencepiece(self):
        script = ("import sentencepiece, json; sentencepiece.SentencePieceTrainer.train("
                  f"sentence_iterator=iter(json.loads(l)['text'] for l in open({str(OWN_CORPUS)!r})), "
                  f"model_prefix={str(self.folder / 'm')!r}, vocab_size=2000, byte_fallback=True, "
                  "hard_vocab_limit=False, minloglevel=2)")
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
        code, out, err = self.evaluate("-m", self.folder / "m.model", "--json", OWN_CORPUS)
        self.assertEqual(code, 0, err)
        (peer,) = json.loads(out)["models"]
        self.assertAlmostEqual(sum(s["tokens"] for s in peer["scripts"].values()), peer["tokens"], 3)

    @unittest.skipUnless(importlib.util.find_spec("tokenizers"), "no Python package tokenizers")
    def test_tokenizers(self):
        from tokenizers import Tokenizer, models, pre_tokenizers
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.save(str(self.hf))
        text = "hé llo 世\nzz 1".encode()
        code, out, err = self.evaluate("-m", self.hf, "--json", stdin=text)
        self.assertEqual(code, 0, err)
        (peer,) = json.loads(out)["models"]
        self.assertEqual(peer["tokens"], len(text))
        self.assertAlmostEqual(peer["scripts"]["han"]["tokens_per_character"], 3)


if __name__ == "__main__":
    unittest.main()
