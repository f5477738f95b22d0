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


class HelpTest(CliTest):

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
        self.assertEqual(self.ok("inspect", "-m", self.model, "--top", "0.003k"),
                         self.ok("inspect", "-m", self.model, "--top", 3))

    def test_what_is_none(self):
        for bad in ("32q", "k", "1.5", "1.2345k", "1e6", "99999999999999999999", "9999999999T", "",
                    "1.k", "0x10"):
            code, _, err = run("train", "--vocab-size", bad, "-o", self.folder / "m", "c")
            self.assertEqual(code, 2, bad)
            self.assertIn("--vocab-size", err)


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
