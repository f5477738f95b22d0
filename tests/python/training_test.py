# SPDX-License-Identifier: Apache-2.0
import inspect
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import textwrap
import unittest
import warnings

import bytepiece_cpp
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bytepiece_cpp import Model, _core
from support import WOODCHUCK, sentences, train

TEXTS = sentences(200)
OPTIONS = {"vocab_size": 350, "min_count": 1}


class SourcesTest(unittest.TestCase):
    """Whatever the texts come as, the model is the same."""

    @classmethod
    def setUpClass(cls):
        cls.expected = train(TEXTS, **OPTIONS)

    def check(self, source, **options):
        self.assertEqual(train(source, **OPTIONS, **options), self.expected)

    def test_sequences_and_iterables(self):
        self.check(tuple(TEXTS))
        self.check([text.encode() for text in TEXTS])
        self.check(dict.fromkeys(TEXTS) if len(set(TEXTS)) == len(TEXTS) else TEXTS)
        self.check(np.array(TEXTS, object))

    def test_what_is_iterated_once_is_copied_as_it_comes(self):
        self.check(text for text in TEXTS)
        with tempfile.TemporaryDirectory() as folder:
            self.check(iter(TEXTS), temp_dir=folder)
            self.assertEqual(os.listdir(folder), [])

    def test_what_can_be_iterated_again_is(self):
        class Corpus:
            times = 0

            def __iter__(self):
                self.times += 1
                return iter(TEXTS)

        corpus = Corpus()
        self.check(corpus)
        self.assertGreater(corpus.times, 2)

    def test_arrow(self):
        self.check(pa.array(TEXTS))
        self.check(pa.chunked_array([TEXTS[:50], TEXTS[50:]]))
        self.check(pa.table({"text": TEXTS, "other": list(range(len(TEXTS)))}))
        self.check(pa.table({"content": TEXTS, "other": TEXTS}), column="content")
        self.check(pa.table({"content": TEXTS}))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.jsonl")
            path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
            self.check(path)
            self.check(str(path))
            self.check([path])
            self.check(folder)
            parquet = pathlib.Path(folder, "b.parquet")
            pq.write_table(pa.table({"text": TEXTS}), parquet, row_group_size=30)
            self.check(parquet)
            with self.assertRaisesRegex(ValueError, "do not go together"):
                train([path, parquet])
            with self.assertRaisesRegex(ValueError, "no column 'body'; its columns are text"):
                train(parquet, column="body")
            with self.assertRaisesRegex(ValueError, "names of files"):
                train([str(path), str(parquet)])

    def test_counts_are_repetitions(self):
        pairs = [(text, 1 + i % 3) for i, text in enumerate(TEXTS)]
        repeated = [text for text, count in pairs for _ in range(count)]
        self.assertEqual(train(pairs, **OPTIONS).pieces(), train(repeated, **OPTIONS).pieces())
        self.assertEqual(train(iter(pairs), **OPTIONS), train(pairs, **OPTIONS))

    def test_datasets(self):
        try:
            import datasets
        except ImportError:
            self.skipTest("datasets is not installed")
        self.check(datasets.Dataset.from_dict({"text": TEXTS}))


class FailuresTest(unittest.TestCase):
    def test_what_the_iterable_raises_comes_out(self):
        def broken():
            yield "some text"
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            train(broken(), vocab_size=300)

    def test_wrong_texts_are_named(self):
        for wrong, error, message in (
                ([], ValueError, "empty|no text"), (b"text", TypeError, "one text"),
                ([5], TypeError, "must be str or bytes, not int"),
                (["a", None], TypeError, "not NoneType"), (5, TypeError, "no source"),
                ([("a", 0)], ValueError, "positive"), ([("a", "b")], TypeError, "count"),
                ("no/such/file", FileNotFoundError, "no/such/file"),
                (pa.array(["a", None]), ValueError, "row 1 is null"),
                (pa.table({"a": ["x"], "b": ["y"]}), ValueError, "choose one by column="),
                (["\ud800"], ValueError, r"U\+D800")):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(error, message):
                train(wrong, vocab_size=300)

    def test_options_out_of_range_are_named(self):
        for options, error, message in (
                ({"vocab_size": 100}, ValueError, "259 .*vocab_size"), ({"order": 9}, ValueError, "order"),
                ({"method": "bpe"}, ValueError, 'no training method "bpe"'),
                ({"order": "x"}, TypeError, "order is of the wrong type"),
                ({"work_dir": "x"}, ValueError, "work_dir needs files"),
                ({"hard_vocab_size": True, "vocab_size": 5000}, ValueError, "vocabulary"),
                ({"no_such": 1}, TypeError, "no_such")):
            with self.subTest(options=options), self.assertRaisesRegex(error, message):
                train(WOODCHUCK, **options)

    def test_a_small_corpus_is_a_warning(self):
        with self.assertWarnsRegex(UserWarning, "266 of the 300 .* lower vocab_size"):
            bytepiece_cpp.train(WOODCHUCK, vocab_size=300)

    def test_an_exception_of_progress_stops_the_run(self):
        def stop(progress):
            raise InterruptedError("enough")

        with self.assertRaisesRegex(InterruptedError, "enough"):
            train(TEXTS, progress=stop)

    def test_interrupt_ends_a_run(self):
        program = textwrap.dedent("""
            import os, signal, threading, support

            def endless():
                while True:
                    yield from support.sentences(100)

            threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                support.train(endless(), vocab_size=300)
            except KeyboardInterrupt:
                print("interrupted")
        """)
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                                timeout=60, cwd=os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual(result.stdout, "interrupted\n", result.stderr)


class OptionsTest(unittest.TestCase):
    def test_train_takes_every_option_of_the_trainer(self):
        taken = set(inspect.signature(bytepiece_cpp.train).parameters)
        self.assertLessEqual(set(_core.spec_names()) - {"vocab_sizes"}, taken)

    def test_options_are_recorded(self):
        options = {"order": 5, "normalization": "none", "isolate_digits": True,
                   "special_tokens": ["<x>"], "special_token_text": "plain", "min_count": 3,
                   "ensure_unicode": False, "max_piece_length": 9, "character_coverage": 0.9,
                   "cross_spaces": False, "cross_punctuation": False, "cross_newlines": False,
                   "soft_counts": True, "grow_sample": 1 << 24, "pad_vocab_to": 8,
                   "method": "grow"}
        model = train(TEXTS, vocab_size=300, **options)
        recorded = model.provenance["options"]
        for name, value in options.items():
            self.assertEqual(recorded[name], value, name)
        self.assertEqual(recorded["vocab_sizes"], [300])
        self.assertEqual(model.special_tokens, ["<x>"])

    def test_several_sizes_give_several_models(self):
        models = train(TEXTS, vocab_size=[300, 350])
        self.assertEqual([model.vocab_size for model in models], [300, 350])

    def test_progress_names_the_stages(self):
        seen = []
        train(TEXTS, progress=seen.append, **OPTIONS)
        self.assertIn("counting n-grams", {progress.name for progress in seen})
        self.assertEqual({progress.stages for progress in seen}, {6})

    def test_the_command_line_trains_the_same_model(self):
        with tempfile.TemporaryDirectory() as folder:
            corpus, out = (os.path.join(folder, name) for name in ("a.jsonl", "out"))
            with open(corpus, "w") as file:
                file.writelines(json.dumps({"text": text}) + "\n" for text in TEXTS)
            subprocess.run([os.environ["BYTEPIECE_BINARY"], "train", "--vocab-size", "350",
                            "--min-count", "1", "-o", out, corpus], check=True, capture_output=True)
            with open(out, "rb") as file:
                self.assertEqual(file.read(), train(TEXTS, **OPTIONS).to_bytes())


class ModelTest(unittest.TestCase):
    def setUp(self):
        self.model = train(TEXTS, special_tokens=["<x>"], **OPTIONS)

    def test_is_saved_and_loaded(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "m")
            for format in ("bytepiece", "compiled"):
                self.model.save(path, format)
                self.assertEqual(Model.load(path), self.model)
            with self.assertRaises(ValueError):
                self.model.save(path, "reference")
            with self.assertRaisesRegex(ValueError, "format must be"):
                self.model.save(path, "onnx")
            with self.assertRaisesRegex(OSError, "no/such"):
                self.model.save("no/such/folder")

    def test_is_equal_and_pickled_by_what_it_holds(self):
        self.assertEqual(pickle.loads(pickle.dumps(self.model)), self.model)
        self.assertEqual(hash(Model(self.model)), hash(self.model))
        self.assertNotEqual(self.model, train(TEXTS, **OPTIONS))

    def test_changes_are_copies(self):
        more = self.model.with_special_token("<y>")
        self.assertEqual(more.special_tokens, ["<x>", "<y>"])
        self.assertEqual(self.model.special_tokens, ["<x>"])
        self.assertEqual(self.model.with_scores("log").scores, "log")
        with self.assertRaises(ValueError):
            self.model.with_special_token("<x>")

    def test_from_pieces(self):
        pieces = [(bytes([i]), 1) for i in range(256)] + [(b"wood", 5)]
        tokenizer = Model.from_pieces(pieces, ["<x>"]).tokenizer()
        self.assertEqual(tokenizer.encode("wood"), [259])
        with self.assertRaises(ValueError):
            Model.from_pieces(pieces[1:])

    def test_notebooks_show_where_it_comes_from(self):
        html = self.model._repr_html_()
        self.assertIn("&lt;x&gt;", html)
        self.assertIn("200 documents", html)


if __name__ == "__main__":
    warnings.simplefilter("error")
    unittest.main()
