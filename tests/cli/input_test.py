# SPDX-License-Identifier: Apache-2.0
"""Inputs as the world has them: recognised or refused, never mistaken; nothing lost in silence."""
import bz2
import gzip
import json
import lzma
import os
import resource
import subprocess
import tarfile
import unittest

from support import SANITIZED, CliTest, run, start

LINES = b'{"text": "one"}\n{"text": "two"}\n'


class InputTest(CliTest):

    def pieces(self, *arguments, stdin=b""):
        return self.ok("encode", "--quiet", "-m", self.model, "--format", "pieces", *arguments,
                       stdin=stdin).decode().replace("\t", "")

    def test_json_lines_by_ending_or_by_first_line(self):
        both, one = "one\ntwo\n", LINES.decode().replace("\n", "\\n") + "\n"
        for name in ("a.jsonl", "a.JSONL", "a", "a.log"):
            self.assertEqual(self.pieces(self.write(name, LINES)), both, name)
        self.assertEqual(self.pieces(stdin=LINES), both)
        text = self.write("a.txt", LINES)
        self.assertEqual(self.pieces(text), one)
        self.assertEqual(self.pieces("--input-format", "jsonl", text), both)
        self.assertEqual(self.pieces("--input-format", "text", stdin=LINES), one)
        self.assertEqual(self.pieces(stdin=b" \n\r\n" + LINES), both)
        self.assertEqual(self.pieces("--field", "a.b", stdin=b'{"a": {"b": "in"}}\n'), "in\n")
        reader, writer = os.pipe()  # as by process substitution
        os.write(writer, LINES)
        os.close(writer)
        out = subprocess.run(
            ["bash", "-c", '"$0" encode --quiet -m "$1" --format pieces <(cat)',
             os.environ.get("BYTEPIECE_BINARY", "build/release/cli/bytepiece"), self.model],
            stdin=reader, capture_output=True, check=True).stdout
        os.close(reader)
        self.assertEqual(out.decode().replace("\t", ""), both)

    def test_a_mistyped_field_is_told(self):
        named, unnamed = self.write("a.jsonl", LINES), self.write("a", LINES)
        for stdin, arguments in ((LINES, ()), (b"\n" + LINES, ()), (b"", (unnamed,))):
            for options, field in ((("--field", "body"), "body"),):
                name = str(arguments[0]) if arguments else "standard input"
                self.fails("encode", "-m", self.model, *options, *arguments, stdin=stdin,
                           says=f'{name} begins with a JSON object that has no field "{field}"; '
                                "choose with --field, or take it as text with --input-format text")
        other = b'{"body": "x"}\n'
        self.fails("train", "-o", self.folder / "m", stdin=other,
                   says='standard input begins with a JSON object that has no field "text"')
        # Who says so, or whose text is no such line, has his text.
        self.assertEqual(self.pieces("--input-format", "text", stdin=other), '{"body": "x"}\\n\n')
        for text in (b"{}\n", b'{\n  "body": 1\n}\n', b'{"body"}\n', b"{x: y}\n", b"[1]\n", b"\n\n"):
            self.assertEqual(self.pieces(stdin=text), text.decode().replace("\n", "\\n") + "\n")
        for text in (b"words", b'[{"body": "x"}]\n', b'{\n  "body": 1\n}\n'):
            self.fails("encode", "-m", self.model, "--field", "body", stdin=text,
                       says="standard input does not begin with a JSON object a line, so --field "
                            "means nothing to it; leave it out, or say --input-format jsonl")
        plain = self.write("b.txt", b"words")
        self.fails("encode", "-m", self.model, "--field", "body", plain,
                   says=f"--field is for JSON Lines, and {plain} is read as text; leave it out")
        self.fails("encode", "-m", self.model, "--field", "text", "--input-format", "text", plain,
                   code=2, says="leave out one of them")
        self.assertEqual(self.pieces("--field", "text", named, plain), "one\ntwo\nwords\n")

    def test_packed_by_name_and_content(self):
        for name, data in (("a.xz", lzma.compress(LINES)), ("a.BZ2", bz2.compress(LINES)),
                           ("b", lzma.compress(LINES)), ("c.gz", gzip.compress(LINES))):
            self.assertEqual(self.pieces(self.write(name, data)), "one\ntwo\n", name)
        self.encode_fails(self.write("d.gz", b"text"), says="is not gzip data, though its name says")
        empty = self.write("empty.gz", b"")
        self.encode_fails(empty, says=f"{empty} is empty, not gzip data, though its name says so")
        self.encode_fails("--compression", "xz", self.write("e", b"text"),
                          says="is not xz data, though --compression says so")

    def encode_fails(self, *arguments, says, command=("encode",)):
        self.fails(*command, "-m", self.model, *arguments, says=says)

    def test_bytes_that_look_packed_come_back(self):
        packed = gzip.compress(b"some text")
        for name, data, options in (
                ("a.txt", b"\x1f\x8b a text", []), ("b", b"\x1f\x8b", []),
                ("c", b"P*M\x18\x03\0\0\0abc", []), ("d", packed, ["--compression", "none"]),
                ("e.txt", packed, ["--input-format", "text"]),
                ("f", b"\x89PNG\r\n\x1a\n", ["--input-format", "text"]),
                ("g", b"\xef\xbb\xbftext", [])):
            path = self.write(name, data)
            ids = self.ok("encode", "--quiet", "-m", self.model, "--normalization", "none",
                          *options, path)
            self.assertEqual(self.ok("decode", "-m", self.model, stdin=ids), data, name)

    def test_a_byte_order_mark_is_no_text(self):
        path = self.write("a.txt", b"\xef\xbb\xbftext\n\xef\xbb\xbfmore")
        self.assertEqual(self.pieces(path), "text\\n\\xEF\\xBB\\xBFmore\n")
        for options, first in (((), 0), (("--normalization", "none"), 0)):
            row = json.loads(self.ok("encode", "-m", self.model, "--format", "jsonl", "--offsets",
                                     *options, stdin=b"\xef\xbb\xbftext"))
            left_out = 0 if options else 3
            self.assertEqual(row["offsets"][0][0], first)
            self.assertEqual(row["offsets"][-1][1], 7 - left_out)
        models = []
        for name in ("a.txt", "b.txt"):
            text = self.write(name, (b"\xef\xbb\xbf" if name == "a.txt" else b"") + b"text " * 99)
            models.append(self.ok("train", "--quiet", "--vocab-size", 259, "-o", "-", text))
        self.assertEqual(*models)

    def test_what_is_no_text_is_refused_by_every_command(self):
        (self.folder / "in").mkdir()
        archive = self.folder / "in" / "a.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(self.write("x", b"x"), "x")
        says = f"{archive} is a tar archive, not text; unpack it first, or take its bytes as they " \
               "are with --input-format text"
        for command in ("encode", "sample", "evaluate"):
            self.encode_fails(archive, says=says, command=(command,))
        for command in ("train", "count"):
            self.fails(command, "-o", self.folder / "out", archive, says=says)
        self.fails("encode", "-m", self.model, self.model, says="is a BytePiece model, not text")
        self.write("in/b.txt", b"text")
        self.encode_fails(self.folder / "in", says=says)
        code, out, err = run("encode", "--quiet", "-m", self.model, "--format", "pieces",
                             "--on-bad-line", "skip", self.folder / "in")
        self.assertEqual((code, out.replace(b"\t", b"")), (0, b"text\n"))
        self.assertIn("left out as bad: 1; " + str(archive), err)

    def test_json_that_is_no_json_lines_is_answered_with_what_makes_it_so(self):
        records = [{"text": "one"}, {"text": "two"}]
        pretty = self.write("pretty.json", json.dumps(records[0], indent=2).encode())
        self.encode_fails(pretty, says=f'{pretty}:1: invalid JSON: the line ends within an object, at '
                                       'byte 2; JSON Lines has each object on one line, as "jq -c ."')
        for indent in (None, 2):
            array = self.write("array.json", json.dumps(records, indent=indent).encode())
            self.encode_fails(array, says=f"{array}:1: expected one JSON object a line, {{...}}; if "
                                          "this is an array of them, \"jq -c '.[]'\" writes its ")

    def test_bad_lines_stop_or_are_counted(self):
        good = ['{"text": "a", "n": 123456789012345678901234567890, "x": [NaN, 1e999]}',
                '{"other": "\\ud800", "text": "b"}', '{"text": "c\\ud800"}']
        bad = ['{"text": null}', '{"id": 1}', "{", '{"text": 5}']
        path = self.write("a.jsonl", "\n".join(good + bad).encode())
        self.encode_fails(path, says=f'{path}:4: the field "text" is null, not a string')
        code, out, err = run("encode", "--quiet", "-m", self.model, "--format", "pieces",
                             "--on-bad-line", "skip", path)
        self.assertEqual((code, len(out.splitlines())), (0, 3))
        first, second = err.splitlines()
        self.assertIn(f"left out as bad: 4; {path}:4: the field", first)
        self.assertTrue(first.endswith("; and so on"), first)
        self.assertIn(f"half surrogates in the text, replaced by U+FFFD: 1; the first in {path}:3",
                      second)
        alone = self.write("b.jsonl", "\n".join(good[:2] * 50).encode())
        mixed = self.write("c.jsonl", "\n".join(([bad[0]] + good[:2]) * 50).encode())
        options = ["--quiet", "--vocab-size", 259, "-o", "-"]
        code, model, err = run("train", *options, "--on-bad-line", "skip", mixed)
        self.assertEqual((code, model), (0, self.ok("train", *options, alone)))
        self.assertIn("left out as bad: 50; ", err)
        none = self.write("none.jsonl", "\n".join(bad).encode())
        for command, says in ((("train", *options), "the corpus is empty: 0 documents without text"),
                              (("evaluate", "-m", self.model), "the input holds no text, so there is "
                                                               "nothing to measure")):
            self.fails(*command, "--on-bad-line", "skip", none,
                       says=f'{says}; left out as bad: 4; {none}:1: the field "text" is null')

    def test_links_that_lead_nowhere(self):
        self.write("in/a.txt", b"text")
        (self.folder / "in" / "lost").symlink_to("nowhere")
        self.encode_fails(self.folder / "in", says="lost: No such file or directory (--on-bad-line "
                                                   "skip leaves such links out)")
        self.assertEqual(self.pieces("--on-bad-line", "skip", self.folder / "in"), "text\n")

    def test_dialogues(self):
        for command in ("encode", "sample"):
            with start(command, "--quiet", "-m", self.model, "--document", "line",
                       "--format", "pieces") as process:
                for line in (b"P\n", b"hello\n", b"\n", b'{"text": "x"}\n'):
                    process.stdin.write(line)
                    process.stdin.flush()
                    self.assertEqual(process.stdout.readline().replace(b"\t", b""), line)
                process.stdin.close()
                self.assertEqual(process.stdout.read(), b"")

    def test_dialogues_in_json_lines(self):
        for first in (b'{"text": "P"}\n', b"\n"):  # a blank line is a document of text, answered
            with start("encode", "--quiet", "-m", self.model, "--document", "line",
                       "--format", "jsonl", "--offsets") as process:
                for line in (first, b'{"text": "hello"}\n'):
                    process.stdin.write(line)
                    process.stdin.flush()
                    self.assertIn(b'{"ids":', process.stdout.readline())
                process.stdin.close()
                self.assertEqual(process.stdout.read(), b"")

    def test_a_dialogue_with_decode(self):
        ids = self.ok("encode", "--quiet", "-m", self.model, "--document", "line",
                      stdin=b"hello\nworld\n").splitlines(keepends=True)
        with start("decode", "-m", self.model, "--document-separator", "\\n") as process:
            for line, text in zip(ids, (b"hello\n", b"world\n")):
                process.stdin.write(line)
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), text)
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")

    @unittest.skipIf(not os.path.exists("/proc/self/mem"), "SKIPPED: needs /proc")
    def test_a_read_error_is_no_end(self):
        for command in (["decode"], ["inspect", "--text", "-"]):
            with open("/proc/self/mem", "rb") as unreadable:
                process = start(*command, "-m", self.model, stdin=unreadable)
                err = process.communicate()[1].decode()
            self.assertEqual(process.returncode, 1)
            self.assertEqual(err, "bytepiece: cannot read standard input: Input/output error\n")

    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer needs its own memory")
    def test_no_memory_for_a_line_is_no_end(self):
        ids = self.write("ids", b"5 6\n" + b"7 " * 100_000_000)
        text = self.write("text", b"an earlier result")
        limit = 150_000_000
        result = subprocess.run(
            [os.environ.get("BYTEPIECE_BINARY", "build/release/cli/bytepiece"), "decode", "-m",
             self.model, "--format", "ids", "-o", text, ids], capture_output=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"out of memory", result.stderr)
        self.assertEqual(text.read_bytes(), b"an earlier result")

    def test_what_training_reads_and_where_it_may_write_is_known_at_once(self):
        text, out = self.write("a.txt", b"some text\n" * 100), self.folder / "out"
        for command in (("train", "--vocab-size", 300), ("count",)):
            for twice in (("-", "-"), ("-", text, "-"), ("/dev/stdin", "-")):
                self.fails(*command, "-o", out, *twice, code=2, says="named twice")
            for folder in (self.folder / "none", text):
                self.fails(*command, "-o", out, "--temp-dir", folder, text, code=2, says="is no folder")
            self.assertFalse(out.exists())

    def test_a_mistyped_document_is_no_separator(self):
        for typed, meant in (("lines", "line"), ("Line", "line"), ("ine", "line"), ("FILE", "file"),
                             ("flie", "file")):
            letter = f"\\x{ord(typed[0]):02X}"
            self.fails("encode", "-m", self.model, "--document", typed, stdin=b"one\ntwo", code=2,
                       says=f'--document: "{typed}" is neither file nor line; did you mean {meant}? '
                            f"If it is a separator, write it {letter}{typed[1:]}")
            self.assertEqual(self.pieces("--document", letter + typed[1:],
                                         stdin=b"one" + typed.encode() + b"two"), "one\ntwo\n")
        for separator in ("li", "END", "line-"):
            self.assertEqual(self.pieces("--document", separator,
                                         stdin=b"one" + separator.encode() + b"two"), "one\ntwo\n")

    def test_standard_input_is_read_once(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
        for command in ("encode", "decode", "evaluate"):
            for name in ("-", "/dev/stdin", "/dev/fd/0"):
                self.fails(command, "-m", self.model, "-", name, code=2,
                           says="standard input (- or /dev/stdin) is named twice; it can be read once")
            with open(os.open(pipe, os.O_RDWR), "rb") as own:
                process = start(command, "-m", self.model, "-", pipe, stdin=own)
                err = process.communicate()[1]
            self.assertEqual(process.returncode, 2, err)
            self.assertIn(b"is named twice", err)
        self.assertEqual(self.ok("encode", "-m", self.model, "/dev/stdin", stdin=b"words"),
                         self.ok("encode", "-m", self.model, stdin=b"words"))

    @unittest.skipIf(SANITIZED, "SKIPPED: slow")
    def test_a_line_too_long_to_be_held(self):
        line = self.write("a.txt", b"the words of a long line, and special <|end|> ones: " * 400_000)
        for options in ([], ["--special-tokens", "allow"], ["--bos", "--eos"]):
            ids = [self.ok(*command, "--quiet", "-m", self.model, "--format", "bin", *options, line)
                   for command in (["encode"], ["sample", "--alpha", "inf"])]
            self.assertEqual(*ids)


if __name__ == "__main__":
    unittest.main()
