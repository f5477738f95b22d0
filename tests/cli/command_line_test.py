# SPDX-License-Identifier: Apache-2.0
"""The command line as people expect it: mistakes, help, numbers, endings, terminals, shells."""
import os
import pathlib
import pty
import re
import shutil
import subprocess
import unittest

from support import BINARY, CliTest, read_ids, read_json_lines, read_megatron, run, start

COMMANDS = ("train", "encode", "decode", "sample", "convert", "inspect", "evaluate", "count",
            "merge", "help")


class MistakesTest(CliTest):

    def test_commands(self):
        for typed, meant in (("trian", "train"), ("ecnode", "encode"), ("eval", "evaluate"),
                             ("smaple", "sample"), ("inspec", "inspect"), ("verson", "version")):
            self.fails(typed, "-m", "x", "y", code=2,
                       says=f"unknown command {typed}; did you mean {meant}?")
        self.fails("trian", "--help", code=2, says="did you mean train?")
        self.fails("help", "trian", code=2, says="did you mean train?")
        code, _, err = run("frobnicate")
        self.assertEqual((code, err), (2, 'bytepiece: unknown command frobnicate '
                                          '(see "bytepiece --help")\n'))

    def test_options(self):
        for typed, meant in (("--vocb-size", "--vocab-size"), ("--vocab-sizes=8", "--vocab-size"),
                             ("-vocab-size", "--vocab-size"), ("--outptu", "--output"),
                             ("--memory", "--memory-limit"), ("--hlep", "--help")):
            # Not "--output is required", which is what the mistake leads to.
            self.fails("train", typed, "m", "corpus", code=2,
                       says=f"unknown option {typed.split('=')[0]}; did you mean {meant}? "
                            '(see "bytepiece train --help")')
        self.fails("encode", "--alpha", "3", code=2,
                   says="unknown option --alpha; it belongs to sample, inspect (see")
        self.fails("--model", "x", "encode", code=2,
                   says="unknown option --model; a command comes first: bytepiece COMMAND --model")
        self.fails("--versoin", code=2, says="did you mean --version?")
        code, _, err = run("encode", "--qwertzuiop")
        self.assertIn('unknown option --qwertzuiop (see "bytepiece encode --help")', err)

    def test_arguments(self):
        self.fails("version", "now", code=2, says="unexpected argument now")
        self.fails("encode", "-m", self.model, "--format", "josnl", code=2, says="jsonl")


    def test_values(self):
        for command, option, typed, meant in (
                ("train", "--method", "extact", "exact"), ("encode", "--format", "josnl", "jsonl"),
                ("train", "--no-cross", "space", "spaces"), ("sample", "--method", "viterbl", "viterbi"),
                ("decode", "--to", "json", "jsonl"), ("completion", "shell", "bsh", "bash")):
            given = (typed,) if option == "shell" else (option, typed)
            self.fails(command, *given, code=2, says=f"; did you mean {meant}? (see")
        self.fails("train", "--method", "qwertz", code=2,
                   says='--method: "qwertz" is none of exact, recover, grow (see')

    def test_once(self):
        self.fails("encode", "-m", "a", "-m", "b", code=2, says="--model is given 2 times; give it once")
        self.fails("train", "--vocab-size", "300,300", "-o", self.folder / "m", self.model, code=2,
                   says="--vocab-size names 300 twice; name each size once")

    def test_empty_names(self):
        for command, option in (("train", "--output"), ("encode", "--model"), ("encode", "--input"),
                                ("encode", "--output"), ("train", "--log-json")):
            self.fails(command, option, "", code=2, says=f"{option}: the name is empty; name a file")
        for command, option in (("encode", "--output-dir"), ("train", "--work-dir")):
            self.fails(command, option, "", code=2, says=f"{option}: the name is empty; name a folder")

    def test_options_that_mean_nothing(self):
        text, ids = self.write("a.txt", b"text"), self.write("a.ids", b"5 6\n")
        for command, says in (
                (("sample", "--method", "perfect", "--nbest-size", 5), "--nbest-size is for --method nbest"),
                (("sample", "--nbest-size", 5), "--nbest-size is for --method nbest"),
                (("sample", "--epochs", 3), "--epochs is for --alpha FROM:TO"),
                (("sample", "--samples", 0), "--samples"),
                (("decode", "--to", "jsonl", "--document-separator", "x"), "--document-separator is for"),
                (("decode", "--field", "foo"), "--field is for --to jsonl"),
                (("decode", "--dtype", "uint16"), "--dtype is for"),
                (("encode", "--dtype", "uint16", "--format", "jsonl"), "--dtype is for --format npy"),
                (("inspect", "--top", 3, "--text", "x"), "--top")):
            source = {"decode": (ids,), "inspect": ()}.get(command[0], (text,))
            self.fails(*command, "-m", self.model, *source, code=2, says=says)
        self.ok("sample", "-m", self.model, "--epochs", 3, "--alpha", "0.1:0.5", text)
        self.ok("encode", "-m", self.model, "--dtype", "auto", text)

    def test_what_is_no_model(self):
        png = self.write("p.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        counts = self.folder / "counts"
        self.ok("count", "--quiet", "-o", counts, self.write("a.txt", b"words of a text " * 9))
        for path, what in ((png, "a PNG image"), (counts, "a count file")):
            for command in (("encode", "-m"), ("evaluate", "-m"), ("convert", "-o", self.folder / "m")):
                self.fails(*command, path, says=f"{path} is {what}, not a BytePiece model")
        empty = self.write("e.json", b"{}")
        self.fails("encode", "-m", empty, says="not a BytePiece model: the JSON object holds no pieces")

    def test_what_to_change(self):
        text = self.write("a.txt", b"a <|end|> b")
        self.fails("encode", "-m", self.model, "--special-tokens", "forbid", text,
                   says="(--special-tokens plain; or, for what is no control token, allow or ")
        for command in ("train", "count"):
            self.fails(command, "-o", self.folder / "m", "--memory-limit", "2", text,
                       says="memory limit 2 bytes is below ")
        code, _, err = run("train", "--method", "exact", "-o", self.folder / "m", text)
        self.assertEqual(code, 0)
        self.assertIn("lower --vocab-size or --min-count, or give more text", err)


class HelpTest(CliTest):

    def test_lines_are_short(self):
        for command in COMMANDS + ("completion", "man", "version", None):
            for line in self.ok(*[command] * bool(command), "--help").decode().splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_help_is_that_of_the_option(self):
        self.assertEqual(self.ok("help"), self.ok("--help"))
        for command in COMMANDS:
            self.assertEqual(self.ok("help", command), self.ok(command, "--help"))

    def test_version(self):
        self.assertEqual(self.ok("version"), self.ok("--version"))

    def test_manual_pages(self):
        folder = self.folder / "man"
        self.ok("man", "--output-dir", folder)
        self.assertEqual({p.name for p in folder.iterdir()},
                         {"bytepiece.1"} | {f"bytepiece-{c}.1" for c in COMMANDS})
        self.assertEqual((folder / "bytepiece.1").read_bytes(), self.ok("man"))
        for command in COMMANDS:
            page = (folder / f"bytepiece-{command}.1").read_text()
            self.assertEqual(page.encode(), self.ok("man", command))
            self.assertIn(f".SH NAME\nbytepiece\\-{command} \\- ", page)
            # Every option of the help has its entry; none is invented.
            named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", self.ok(command, "--help").decode()))
            entries = set(re.findall(r"\\fB(\\-\\-[a-z\\-]+)\\fR", page))
            self.assertGreaterEqual(named, {e.replace("\\", "") for e in entries})
            self.assertGreater(len(entries), 0)
            for line in page.splitlines():  # text is never taken for a request
                if line.startswith((".", "'")):
                    self.assertRegex(line, r"^\.(TH|SH|SS|TP|PP|nf|fi)( |$)")

    @unittest.skipUnless(shutil.which("man"), "no man here")
    def test_man_shows_them(self):
        page = self.write("p.1", self.ok("man", "encode"))
        environment = dict(os.environ, MANROFFOPT="-ww", MANWIDTH="80", LC_ALL="C.UTF-8")
        shown = subprocess.run(["man", "-l", page], env=environment, capture_output=True)
        if shown.returncode or not shown.stdout:
            self.skipTest("man shows no files here")
        text = re.sub(".\b", "", shown.stdout.decode())
        self.assertIn("-m, --model FILE", text)
        self.assertIn(r"escapes: \n \t \r", " ".join(text.split()))
        self.assertEqual(shown.stderr, b"")


class NumbersTest(CliTest):

    def test_counts(self):
        corpus = self.write("c.txt", b"how much wood would a woodchuck chuck " * 9)
        plain = self.ok("train", "--method", "exact", "--vocab-size", "1000,2000", "--min-count", 1,
                        "--quiet", "-o", self.folder / "a", corpus)
        self.assertEqual(plain, b"")
        self.ok("train", "--method", "exact", "--vocab-size", "1k,2K", "--min-count", "0.001k",
                "--quiet", "-o", self.folder / "b", corpus)
        for size in ("1000", "2000"):
            self.assertEqual((self.folder / f"a.{size}").read_bytes(),
                             (self.folder / f"b.{size}").read_bytes())
        # A number that begins with 0 is no octal one.
        self.ok("train", "--method", "exact", "--vocab-size", "01000,2k", "--min-count", "01",
                "--threads", "08", "--quiet", "-o", self.folder / "c", corpus)
        self.assertEqual((self.folder / "a.1000").read_bytes(),
                         (self.folder / "c.1000").read_bytes())
        for seed in ("010", "0010"):
            self.assertEqual(self.ok("sample", "-m", self.model, "--seed", seed, corpus),
                             self.ok("sample", "-m", self.model, "--seed", 10, corpus))
        self.assertEqual(self.ok("inspect", "-m", self.model, "--top", "0.003k"),
                         self.ok("inspect", "-m", self.model, "--top", 3))

    def test_what_is_none(self):
        for bad in ("32q", "k", "1.5", "1.2345k", "1e6", "99999999999999999999", "9999999999T", "",
                    "1.k", "0x10"):
            code, _, err = run("train", "--vocab-size", bad, "-o", self.folder / "m", "c")
            self.assertEqual(code, 2, bad)
            self.assertIn("--vocab-size", err)
        for option in ("--min-count", "--order", "--max-piece-length"):
            self.fails("train", option, "9" * 22, code=2, says=f'{option}: "{"9" * 22}" is too large')


class ShardTest(CliTest):

    def test_the_union_is_the_whole(self):
        lines = self.write("l.txt", b"".join(b"document %d\n" % i for i in range(23)))
        more = self.write("m.jsonl", b'{"text": "x"}\n\n{"text": "some more"}\n' * 5)
        for command in (("encode",), ("sample", "--alpha", 0.1, "--samples", 2)):
            def documents(*shard):
                ids = read_ids(self.ok(*command, "-m", self.model, "--document", "line", *shard,
                                       lines, more))
                size = 2 if command[0] == "sample" else 1
                return [ids[i:i + size] for i in range(0, len(ids), size)]
            whole = documents()
            self.assertEqual(len(whole), 33)
            for shard, number in ((0, 1), (0, 3), (1, 3), (2, 3), (32, 40), (39, 40)):
                self.assertEqual(documents("--shard", f"{shard + 1}/{number}"),
                                 whole[shard::number])

    def test_counts_add_up(self):
        corpus = self.write("l.txt", b"".join(b"one more document, %d\n" % (i % 7) for i in range(50)))
        options = ("--document", "line", "--quiet")
        self.ok("count", *options, "-o", self.folder / "whole", corpus)
        parts = [self.folder / f"part{i}" for i in range(3)]
        for i, part in enumerate(parts):
            self.ok("count", *options, "--shard", f"{i + 1}/3", "-o", part, corpus)
        self.ok("merge", "--quiet", "-o", self.folder / "merged", *parts)
        self.assertEqual((self.folder / "merged").read_bytes(), (self.folder / "whole").read_bytes())

    def test_a_long_document_stays_whole(self):
        # In parts of a megabyte, which training's reading delivers one by one.
        self.write("c/a.txt", b"some words and a line\n" * 100_000)
        self.write("c/b.txt", b"others\n" * 1000)
        only = self.write("only.txt", (self.folder / "c/b.txt").read_bytes())
        self.ok("count", "--quiet", "--shard", "2/2", "-o", self.folder / "shard", self.folder / "c")
        self.ok("count", "--quiet", "-o", self.folder / "alone", only)
        self.assertEqual((self.folder / "shard").read_bytes(), (self.folder / "alone").read_bytes())

    def test_messages(self):
        for bad in ("0/3", "4/3", "3", "1/0", "a/b", "1/2/3", "/", "-1/3", "1/99999999999"):
            self.fails("encode", "-m", self.model, "--shard", bad, code=2,
                       says=f'--shard: "{bad}" is no shard')
        special = self.write("s.txt", b"a\nb\n<|end|>\n")
        self.fails("encode", "-m", self.model, "--document", "line", "--shard", "3/3",
                   "--special-tokens", "forbid", special, says="(document 3)")


class EndingsTest(CliTest):

    def encode(self, *arguments):
        return self.ok("encode", "-m", self.model, *arguments, stdin=b"hello world")

    def refused(self, *arguments, says):
        before = self.files()
        code, _, err = run("encode", "-m", self.model, *arguments, stdin=b"hello world")
        self.assertEqual(code, 2, err)
        self.assertIn(says, err)
        self.assertEqual(self.files(), before)

    def test_unknown_ones_are_refused(self):
        for name in ("a.npz", "x.npy.zst", "x.jsonl.gz", "x.parquet", "x.pt", "ids.json"):
            self.refused("-o", self.folder / name, says=f"no format has the ending {pathlib.Path(name).suffix};")
        for name, chosen in (("x.npy.zst", "npy"), ("a.npz", "npy"), ("a.npy", "ids"),
                             ("a.bin", "npy"), ("a.jsonl", "megatron")):
            self.refused("-o", self.folder / name, "--format", chosen,
                         says=f"--format {chosen} writes no {pathlib.Path(name).suffix}")
        for name, chosen in (("y.model", "pieces"), ("a.json", "npy"), ("a.txt", "bin")):
            self.refused("-o", self.folder / name, "--format", chosen,
                         says=f"--format {chosen} writes no {pathlib.Path(name).suffix}")

    def test_of_other_commands(self):
        train = ("train", "--vocab-size", 259)
        for command, name, says in (
                (("convert", self.model), "m.json",
                 "--to protobuf writes no .json; say --to json, or name it otherwise"),
                (("convert", self.model, "--to", "json"), "m.compiled", "--to compiled, or name it"),
                (train, "y.JSON", "--format protobuf writes no .json; say --format json, or name"),
                ((*train, "--format", "json"), "y.npy", "--format json writes no .npy; name it"),
                (train, "q.gz", "--format protobuf writes no .gz; name it otherwise"),
                (("count",), "c.txt", "count writes no .txt"),
                (("merge",), "c.npy", "merge writes no .npy"),
                (("decode", "-m", self.model), "t.json",
                 "--to text writes no .json; say --to jsonl, or name it otherwise"),
                (("decode", "-m", self.model, "--to", "jsonl"), "t.npy", "--to jsonl writes no .npy")):
            source = () if "convert" in command else (self.model,)
            self.fails(*command, "-o", self.folder / name, *source, code=2, says=says)
        for options, name in ((("--to", "json"), "m.json"), (("--to", "json"), "m.model"),
                              ((), "m.model"), ((), "m.v2"), (("--to", "compiled"), "m.compiled")):
            self.ok("convert", *options, "-o", self.folder / name, self.model)

    def test_known_ones(self):
        ids = self.encode()
        for name in ("a", "a.ids", "a.txt", "a.003", "v1.2"):
            self.encode("-o", self.folder / name)
            self.assertEqual((self.folder / name).read_bytes(), ids)
        self.encode("-o", self.folder / "A.JSONL")
        self.assertEqual([d["ids"] for d in read_json_lines((self.folder / "A.JSONL").read_bytes())],
                         read_ids(ids))
        self.encode("-o", self.folder / "a.tokens", "--format", "ids")
        self.encode("-o", "/dev/null")

    def test_megatron_by_either_name(self):
        expected = read_ids(self.encode())
        for given, prefix, chosen in (("ds.bin", "ds", True), ("e.idx", "e", False), ("f", "f", True),
                                      ("g.idx", "g", True), ("v1.5", "v1.5", True)):
            self.encode("-o", self.folder / given, *(("--format", "megatron") if chosen else ()))
            self.assertTrue((self.folder / f"{prefix}.bin").exists())
            self.assertEqual(read_megatron(self.folder / prefix)[1], expected)
            for name in (prefix, prefix + ".bin", prefix + ".idx"):
                self.assertEqual(self.ok("decode", "-m", self.model, "--format", "megatron",
                                         self.folder / name), b"hello world")


class TerminalTest(CliTest):

    def on_terminal(self, *arguments):
        """Exit code, and what was on standard error, standard output being a terminal."""
        ours, theirs = pty.openpty()
        process = start(*arguments, stdin=subprocess.DEVNULL, stdout=theirs)
        os.close(theirs)
        _, err = process.communicate(timeout=60)
        os.close(ours)
        return process.returncode, err.decode()

    def test_binary_output_is_refused(self):
        counts = self.folder / "counts"
        self.ok("count", "--quiet", "-o", counts, self.write("c.txt", b"abc abc"))
        for what, *arguments in (
                ("npy", "encode", "-m", self.model, "--format", "npy"),
                ("bin", "sample", "-m", self.model, "--format", "bin"),
                ("npy", "encode", "-m", self.model, "--format", "npy", "-o", "/dev/stdout"),
                ("a model", "convert", "-o", "-", self.model),
                ("a model", "train", "-o", "-", self.folder / "c.txt"),
                ("a count file", "count", "-o", "-", self.folder / "c.txt"),
                ("a count file", "merge", "-o", "-", counts)):
            code, err = self.on_terminal(*arguments)
            self.assertEqual(code, 2, err)
            self.assertIn(f"{what} is binary, which a terminal cannot show", err)
        for arguments in (("encode", "-m", self.model), ("encode", "-m", self.model, "--format", "jsonl"),
                          ("inspect", "-m", self.model)):
            self.assertEqual(self.on_terminal(*arguments)[0], 0)


class CompletionTest(CliTest):

    def bash(self, *words):
        script = self.write("completion", self.ok("completion", "bash"))
        line = " ".join(f"'{word}'" for word in words)
        shell = (f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
                 "_bytepiece; echo \"${COMPREPLY[*]}\"")
        done = subprocess.run(["bash", "-c", shell], capture_output=True, check=True, cwd=self.folder)
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().split()

    @unittest.skipUnless(shutil.which("bash"), "no bash here")
    def test_bash(self):
        self.assertEqual(self.bash("bytepiece", "e"), ["encode", "evaluate"])
        self.assertEqual(self.bash("bytepiece", "encode", "--form"), ["--format"])
        self.assertEqual(self.bash("bytepiece", "encode", "--format", "n"), ["npy"])
        self.assertEqual(self.bash("bytepiece", "encode", "--format", "=", "n"), ["npy"])
        self.assertEqual(self.bash("bytepiece", "encode", "--format", "="),
                         ["ids", "pieces", "jsonl", "npy", "bin", "megatron"])
        self.assertEqual(self.bash("bytepiece", "train", "--normalization", ""), ["nfc", "none"])
        self.assertEqual(self.bash("bytepiece", "help", "tr"), ["train"])
        # Names of files are left to the shell.
        self.assertEqual(self.bash("bytepiece", "encode", "-m", ""), [])
        self.assertEqual(self.bash("bytepiece", "encode", ""), [])
        for command in COMMANDS:
            shown = set(self.bash("bytepiece", command, "--"))
            named = set(re.findall(r"^  (?:-\w,)?(--[a-z][a-z-]*)", self.ok(command, "--help").decode(),
                                   re.M))
            self.assertEqual(shown, named)

    def test_other_shells(self):
        for shell in ("zsh", "fish"):
            script = self.write(shell, self.ok("completion", shell))
            for command in COMMANDS:
                self.assertIn(command.encode(), script.read_bytes())
            if shutil.which(shell):
                subprocess.run([shell, "-n", script], check=True)
        self.fails("completion", "tcsh", code=2, says="tcsh")

    @unittest.skipUnless(shutil.which("fish"), "no fish here")
    def test_fish(self):
        script = self.write("c.fish", self.ok("completion", "fish"))
        done = subprocess.run(["fish", "--no-config", "-c",
                               f"source {script}; complete -C 'bytepiece encode --format n'"],
                              capture_output=True, check=True)
        self.assertIn(b"npy", done.stdout)


if __name__ == "__main__":
    unittest.main()
