# SPDX-License-Identifier: Apache-2.0
"""One line that names the thing and the remedy, a non-zero exit, no file changed."""
import gzip
import os
import re
import resource
import subprocess
import unittest

from support import BINARY, SANITIZED, CliTest, run, start


class BadInputTest(CliTest):

    def setUp(self):
        super().setUp()
        self.good = self.write("good.txt", b"some text, some text\n")
        self.earlier = self.write("earlier", b"an earlier result")

    def train_fails(self, *arguments, **expected):
        self.fails("train", "-o", self.earlier, *arguments, **expected)

    def encode_fails(self, *arguments, **expected):
        self.fails("encode", "-m", self.model, "-o", self.earlier, *arguments, **expected)

    def test_inputs_that_are_not_there(self):
        none = self.folder / "none"
        for check in (self.train_fails, self.encode_fails):
            check(none, says=f"there is no file {none}")
            check(self.good, f"{self.folder}/*.md", says="no file matches the pattern")
            (self.folder / "empty").mkdir(exist_ok=True)
            check(self.folder / "empty", says="holds no files")

    @unittest.skipUnless(os.path.exists("/proc/self/mem"), "SKIPPED: needs /proc")
    def test_inputs_that_cannot_be_read(self):
        for check in (self.train_fails, self.encode_fails):
            check("/proc/self/mem", says="cannot read /proc/self/mem: Input/output error")

    @unittest.skipIf(os.geteuid() == 0, "SKIPPED: root may read everything")
    def test_inputs_that_may_not_be_read(self):
        self.good.chmod(0)
        self.train_fails(self.good, says=f"cannot open {self.good}: Permission denied")

    def test_json_lines(self):
        invalid = self.write("i.jsonl", b'{"text": "a"}\n\n{"text": "a}\n')
        absent = self.write("a.jsonl", b'{"text": "a"}\n{"id": 1, "body": "b"}\n')
        latin = self.write("l.jsonl", b'{"text": "caf\xe9"}\n')
        for check in (self.train_fails, self.encode_fails):
            check(invalid, says=f"{invalid}:3: invalid JSON: ")
            check(absent, says=f'{absent}:2: no field "text"; the fields are "id", "body"; '
                               "choose with --field")
            check(latin, says=f"{latin}:1: invalid JSON: the field \"text\" is not valid UTF-8")

    def test_packed_files(self):
        packed = gzip.compress(b"some text " * 1000)
        cut = self.write("c.gz", packed[:-9])
        wrong = self.write("w.gz", b"plain text")
        for check in (self.train_fails, self.encode_fails):
            check(cut, says=f"{cut} is truncated gzip data")
            check(wrong, says=f"{wrong} is not gzip data, though its name says so")

    def test_outputs_that_cannot_be(self):
        for output, cause in ((self.folder, "is a directory"),
                              (self.folder / "none/x", "No such file or directory")):
            self.fails("train", "-o", output, self.good, says=f"{output}: {cause}")
            self.fails("encode", "-m", self.model, "-o", output, self.good,
                       says=f"{output}: {cause}")
            self.fails("convert", "-o", output, self.model, says=f"{output}: {cause}")
        self.fails("encode", "-m", self.model, "--output-dir", self.good, self.earlier,
                   says=f"cannot create the folder {self.good}: Not a directory")

    @unittest.skipUnless(os.path.exists("/dev/full"), "SKIPPED: needs /dev/full")
    def test_disk_full(self):
        says = "/dev/full: No space left on device"
        self.fails("train", "--vocab-size", 259, "-o", "/dev/full", self.good, says=says)
        self.fails("convert", "-o", "/dev/full", self.model, says=says)
        ids = self.ok("encode", "-m", self.model, self.good)
        self.fails("decode", "-m", self.model, "-o", "/dev/full", stdin=ids, says=says)
        for form in ("ids", "pieces", "jsonl", "bin"):
            self.fails("encode", "-m", self.model, "--format", form, "-o", "/dev/full", self.good,
                       says=says)
        with open("/dev/full", "wb") as full:
            process = start("encode", "-m", self.model, self.good, stdout=full)
            _, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual(err, b"bytepiece: standard output: No space left on device\n")

    @unittest.skipUnless(os.path.exists("/dev/full"), "SKIPPED: needs /dev/full")
    def test_reports_that_cannot_be_printed(self):
        for arguments in (("inspect", "-m", self.model), ("evaluate", "-m", self.model, self.good),
                          ("--help",), ("inspect", "-m", self.model, "--json")):
            with open("/dev/full", "wb") as full:
                process = start(*arguments, stdout=full)
                _, err = process.communicate()
            self.assertEqual((process.returncode, err),
                             (1, b"bytepiece: standard output: No space left on device\n"))

    def test_closed_streams_are_not_lent_to_files(self):
        out = self.folder / "m"
        command = [BINARY, "train", "--vocab-size", "300", "--progress", "-o", out, self.good]
        closing = lambda fd: (lambda: os.close(fd))
        self.assertEqual(subprocess.run(command, preexec_fn=closing(2)).returncode, 0)
        self.ok("inspect", "-m", out)
        result = subprocess.run([BINARY, "inspect", "-m", out], preexec_fn=closing(1),
                                stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"standard output", result.stderr)
        result = subprocess.run([BINARY, "encode", "-m", out], preexec_fn=closing(0),
                                capture_output=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"standard input", result.stderr)

    def test_out_of_memory(self):
        if SANITIZED:
            self.skipTest("SKIPPED: a sanitizer needs its own memory")
        text = self.write("text", b"some words and some more of them " * 1_000_000)
        limit = 250_000_000
        result = subprocess.run(
            [BINARY, "encode", "--threads", "2", "-m", self.model, "-o", self.folder / "ids", text],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
            capture_output=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"out of memory", result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual([n for n in self.files() if n.startswith("ids")], [])

    def test_megatron_prefixes_that_are_folders(self):
        for prefix in (self.folder, f"{self.folder}/new/"):
            self.fails("encode", "-m", self.model, "--format", "megatron", "-o", prefix, self.good,
                       says="is a directory; the megatron format takes a prefix")

    def test_a_model_is_not_replaced_by_tokens(self):
        self.fails("encode", "-m", self.model, "-o", self.model, self.good, code=2,
                   says="is the model")

    def test_training_replaces_no_input(self):
        corpus = self.write("corpus", self.good.read_bytes())
        for sizes, output in (("300", corpus), ("300,400", self.folder / "good")):
            target = self.write("good.400", b"text, text") if "," in sizes else output
            self.fails("train", "--vocab-size", sizes, "-o", output, target, code=2,
                       says="is an input")
        self.fails("count", "-o", corpus, corpus, code=2, says="is an input")

    def test_token_files_longer_than_they_say(self):
        npy = self.folder / "x.npy"
        self.ok("encode", "-m", self.model, "-o", npy, self.good)
        npy.write_bytes(npy.read_bytes() + b"\1\0")
        code, _, err = run("decode", "-m", self.model, npy)
        self.assertEqual(code, 1)
        self.assertIn("x.npy: holds more than its header announces", err)
        self.ok("encode", "-m", self.model, "--format", "megatron", "-o", self.folder / "d",
                self.good)
        data = self.folder / "d.bin"
        data.write_bytes(data.read_bytes() + b"\1\0")
        code, _, err = run("decode", "-m", self.model, "--format", "megatron", self.folder / "d")
        self.assertEqual(code, 1)
        self.assertIn("d.bin: holds more than its index announces", err)

    def test_training_options_out_of_range(self):
        for option, says in (
                ("--vocab-size=200", "vocabulary size 200 is below 259 (256 bytes + 3 control and special "
                                     "tokens); raise --vocab-size"),
                ("--vocab-size=8000,100", "vocabulary size 100 is below 259"),
                ("--order=1", "order 1 is outside 2..7; change --order"),
                ("--order=8", "order 8 is outside 2..7"),
                ("--max-piece-length=0", "maximal piece length 0 is outside 1..1024"),
                ("--min-count=0", "minimal count 0 is outside 1..1000000000000; change --min-count"),
                ("--pad-vocab-to=0", "--pad-vocab-to"),
                ("--special-token=<eos>", "<eos>"),
                ("--vocab-size=many", "--vocab-size"),
                ("--method=quick", "--method"),
                ("--format=xml", "--format"),
                ("--normalization=nfkc", "--normalization"),
                ("--input-format=csv", "--input-format"),
                ("--threads=-1", "--threads"),
                (r"--document=\q", r"unknown escape in"),
                ("--no-such-option", "--no-such-option")):
            with self.subTest(option=option):
                self.train_fails(option, self.good, code=2, says=says)
        self.train_fails("--special-token", "", self.good, code=2,
                         says="a special token must not be empty")
        self.train_fails("--document", "", self.good, code=2, says="the separator is empty")
        self.fails("train", "--vocab-size", "300,400", "-o", "-", self.good, code=2,
                   says="several models cannot go to standard output; give --output a path")

    def test_encode_options_out_of_range(self):
        for option in ("--format=parquet", "--dtype=int8", "--special-tokens=maybe",
                       "--normalization=nfkc"):
            self.encode_fails(option, self.good, code=2, says=option.split("=")[0])
        self.encode_fails("--offsets", self.good, code=2,
                          says="--offsets has a place in --format jsonl only")
        self.fails("encode", "-m", self.model, "--format", "megatron", self.good,
                   says="cannot go to standard output; name a prefix")
        self.fails("encode", self.good, code=2, says="--model is required")

    def test_empty_corpora(self):
        self.train_fails(self.write("empty", b""), says="the corpus is empty")
        self.train_fails(self.write("e.jsonl", b'{"text": ""}\n\n'), says="the corpus is empty")

    def test_models_that_are_none(self):
        data = self.model.read_bytes()
        for name, content in (("text", b"no model"), ("empty", b""), ("cut", data[:-5]),
                              ("json", b'{"YQ==": [3, "a", 1]}')):
            path = self.write(name, content)
            self.fails("encode", "-m", path, self.good, says=str(path))
            self.fails("convert", "-o", self.folder / "out", path, says=str(path))
        self.fails("decode", "-m", self.folder / "none", stdin=b"3\n", says=str(self.folder / "none"))
        self.fails("encode", "-m", self.folder, self.good, says=str(self.folder))

    def test_an_input_is_never_replaced(self):
        lines = self.write("x.jsonl", b'{"text": "a"}\n')
        self.fails("encode", "-m", self.model, "-o", lines, lines, code=2, says="is an input")
        self.fails("encode", "-m", self.model, "--output-dir", self.folder, "--format", "jsonl",
                   lines, code=2, says="is an input")

    def test_no_input_or_output_is_written_twice(self):
        model = self.write("model", self.model.read_bytes())
        text = self.write("t.txt", b"some text, some text\n" * 50)
        ids = self.write("ids", self.ok("encode", "-m", model, text))
        counts = self.folder / "counts"
        pieces = self.folder / "pieces"
        self.ok("count", "-o", counts, text)
        self.ok("count", "--pieces", "--ngrams", counts, "-o", pieces, text)
        link = self.folder / "link"
        link.symlink_to(text)
        none = self.folder / "none"
        dangling = self.folder / "dangling"
        dangling.symlink_to("none")
        chain = self.folder / "chain"
        chain.symlink_to(dangling)
        log = lambda *arguments: ("--log-json", *arguments)
        for arguments, says in (
                (("encode", "-m", model, "-o", none, *log(model), text), "the log {} is the model"),
                (("sample", "-m", model, "-o", none, *log(link), text), "the log {} is an input"),
                (("encode", "-m", model, "-o", none, *log(none), text), "the log {} is the output"),
                (("encode", "-m", model, "-o", none, *log(chain), text), "the log {} is the output"),
                (("count", "-o", dangling, *log(none), text), "the log {} is the output"),
                (("train", "-o", none, *log(text), text), "the log {} is an input"),
                (("train", "-o", none, *log(f"{self.folder}/./none"), text), "is the output"),
                (("train", "--from-counts", "-o", pieces, pieces), "the output {} is an input"),
                (("count", "-o", none, *log(text), text), "the log {} is an input"),
                (("count", "--pieces", "--ngrams", counts, "-o", counts, text), "is an input"),
                (("merge", "-o", counts, counts), "the output {} is an input"),
                (("merge", "-o", none, *log(counts), counts), "the log {} is an input"),
                (("evaluate", "-m", model, *log(model), text), "the log {} is a model"),
                (("evaluate", "-m", model, *log(text), text), "the log {} is an input"),
                (("decode", "-m", model, "-o", model, ids), "the output {} is the model"),
                (("decode", "-m", model, "-o", ids, ids), "the output {} is an input"),
                (("convert", "-o", model, model), "the output {} is the model")):
            with self.subTest(arguments=arguments):
                option = "--log-json" if "--log-json" in arguments else "-o"
                path = arguments[arguments.index(option) + 1]
                self.fails(*arguments, code=2, says=says.format(path))
        with open(text, "ab") as output:  # encode ... text >> text
            process = start("encode", "-m", model, text, stdout=output)
            _, err = process.communicate()
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"the output on standard output is an input", err)

    @unittest.skipUnless(os.path.exists("/dev/full"), "SKIPPED: needs /dev/full")
    def test_a_log_that_cannot_be_written(self):
        out = self.folder / "out"
        for arguments in (("encode", "-m", self.model, "-o", out), ("evaluate", "-m", self.model),
                          ("train", "--vocab-size", 260, "-o", out), ("count", "-o", out)):
            with self.subTest(command=arguments[0]):
                log = f"{self.folder}/none/log"
                self.fails(*arguments, "--log-json", log, self.good,
                           says=f"cannot write the log {log}: No such file or directory")
                code, _, err = run(*arguments, "--quiet", "--log-json", "/dev/full", self.good)
                self.assertEqual((code, err), (1, "bytepiece: cannot write the log /dev/full: "
                                                  "No space left on device\n"))
                self.assertEqual(out.exists(), "-o" in arguments)  # the work itself is whole
                out.unlink(missing_ok=True)

    def test_token_files_that_are_none(self):
        npy = self.folder / "x.npy"
        self.ok("encode", "-m", self.model, "-o", npy, self.good)
        array = self.write("x.ids", npy.read_bytes())
        for form in ("ids", "pieces", "jsonl"):
            for path, says in ((array, "is a NumPy file; --format npy reads it"),
                               (self.model, "holds binary data, no lines of tokens")):
                self.fails("decode", "-m", self.model, "--format", form, path, says=f"{path}: {says}")
        long = self.write("long", b"1 2 " + b"x" * 1_000_000)
        code, _, err = run("decode", "-m", self.model, long)
        self.assertEqual((code, err), (1, f'bytepiece: {long}:1: "{"x" * 60}..." is not an id\n'))

    def test_two_inputs_with_one_output(self):
        self.write("in/a.txt", b"a")
        self.write("in/a.md", b"a")
        self.fails("encode", "-m", self.model, "--output-dir", self.folder / "out",
                   self.folder / "in", code=2, says="would both be written to")

    def test_a_failure_late_in_the_corpus_changes_nothing(self):
        # Enough good lines that output has been written before the bad one.
        lines = b'{"text": "%s"}\n' % (b"word " * 1000)
        path = self.write("late.jsonl", lines * 8000 + b"{")
        self.encode_fails(path, says=f"{path}:8001: invalid JSON")
        self.encode_fails(path, "--format", "npy", says=f"{path}:8001: invalid JSON")


class UsageTest(CliTest):

    def test_help_and_version(self):
        code, out, err = run("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out.decode(), r"^bytepiece \d+\.\d+\.\d+\n$")
        code, out, err = run()
        self.assertEqual((code, out), (2, b""))
        self.assertIn("Usage: bytepiece", err)
        self.assertEqual(self.ok("--help").decode(), err)
        self.fails("frobnicate", code=2, says='frobnicate (see "bytepiece --help")')

    def test_examples_use_options_that_exist(self):
        root = self.ok("--help").decode()
        commands = re.findall(r"^  (\w+) +[A-Z]", root.split("Subcommands:")[1], re.M)
        self.assertGreaterEqual(len(commands), 5)
        for command in commands:
            page = self.ok(command, "--help").decode()
            options, examples = page.split("Examples:")
            known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", options))
            lines = examples.replace("\\\n", " ").splitlines()
            lines = [part for line in lines for part in line.split("|") if " bytepiece " in part]
            self.assertTrue(lines, command)
            for line in lines:
                if line.split()[1] == command:
                    used = set(re.findall(r"(?<= )--?[a-z][a-z-]*", line))
                    self.assertLessEqual(used, known, line)
