# SPDX-License-Identifier: Apache-2.0
"""What help() says: every public name is documented, and every example runs."""

import doctest
import inspect
import pkgutil
import re
import subprocess
import sys
import tempfile
import unittest
import warnings

import bytepiece_cpp
from support import ROOT, woodchuck


def modules():
    yield bytepiece_cpp
    for found in pkgutil.iter_modules(bytepiece_cpp.__path__):
        if found.name not in ("_core", "torch"):
            yield __import__(f"bytepiece_cpp.{found.name}", fromlist=["x"])


def public(members):
    return {name: value for name, value in members.items() if not name.startswith("_")}


def documented():
    """(name, docstring) of all that users see."""
    for module in modules():
        yield module.__name__, module.__doc__
        for name, value in public(vars(module)).items():
            if not (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            if not value.__module__.startswith("bytepiece_cpp"):
                continue
            yield f"{module.__name__}.{name}", value.__doc__
            if inspect.isclass(value) and module is bytepiece_cpp:
                for member, each in inspect.getmembers(value):
                    if member.startswith("_") or not (callable(each) or isinstance(each, property)):
                        continue
                    if issubclass(value, tuple) and hasattr(tuple, member):
                        continue
                    yield f"{module.__name__}.{name}.{member}", inspect.getdoc(each)


class DocsTest(unittest.TestCase):
    def test_every_public_name_is_documented(self):
        internal = re.compile(r"\.(nbest_rows|distinct_rows|occurrences|summary|write|read|"
                              r"of_pieces|special_token_list|provenance_dict|set_scores|"
                              r"add_special_token|equals|normalized|feed|finish)$")
        missing = {name for name, text in documented()
                   if not text and not internal.search(name) and "._" not in name}
        self.assertEqual(missing, set())

    def test_examples_run(self):
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        parser = doctest.DocTestParser()
        examples = 0
        seen = set()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, text in documented():
                if not text or text in seen:
                    continue
                seen.add(text)
                known = {"tokenizer": woodchuck(), "model": woodchuck().to_model()}
                test = parser.get_doctest(text, known, name, None, 0)
                examples += len(test.examples)
                runner.run(test)
        self.assertEqual(runner.failures, 0)
        self.assertGreater(examples, 25)


def blocks_of(document, language):
    """The texts of its fenced blocks of a language."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(program):
    """What it prints, run in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=folder,
                                capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else result.stderr


class DocumentsTest(unittest.TestCase):
    def test_the_readme_prints_what_it_says(self):
        program, = blocks_of("README.md", "python")
        self.assertIn(run(program), blocks_of("README.md", "text"))
        self.assertLessEqual(len(program.splitlines()), 15)

    def test_the_blocks_of_python_md_run(self):
        program = "".join(blocks_of("docs/python.md", "python"))
        self.assertGreater(program.count("tokenizer."), 10)
        self.assertEqual(run(program), "")

    def test_the_table_s_calls_exist(self):
        text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
        here = [line.rsplit("|", 2)[1] for line in text.splitlines() if line.startswith("| ")]
        names = set(re.findall(r"[`. ](\w+)\(|`(\w+)`", " ".join(here)))
        known = set(dir(woodchuck())) | set(dir(bytepiece_cpp)) | set(
            dir(woodchuck().segmentations("a"))) | set(dir(bytepiece_cpp.TokenBatch))
        self.assertEqual({name for pair in names for name in pair if name} - known, set())


if __name__ == "__main__":
    unittest.main()
