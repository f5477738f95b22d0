# SPDX-License-Identifier: Apache-2.0
"""However a run ends, it says why in one line and leaves no half-written file."""
import random
import resource
import signal
import subprocess
import time
import unittest

from support import BINARY, SANITIZED, CliTest, start, text

UNLIMITED = resource.RLIM_INFINITY


def limited(*limits):
    """What to run before the program: each limit is (which, soft, hard)."""
    def limit():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for which, soft, hard in limits:
            resource.setrlimit(which, (soft, hard))
    return limit


class DeathTest(CliTest):

    def setUp(self):
        super().setUp()
        self.earlier = self.write("out.npy", b"an earlier result")
        self.earlier_model = self.write("out", b"an earlier result")
        self.text = self.write("text", text() * 20)

    def end(self, *arguments, limits=()):
        """Exit code and standard error of a run that must leave the files as they are."""
        before = self.files()
        result = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, timeout=60,
                                preexec_fn=limited(*limits))
        self.assertEqual(self.files(), before)
        return result.returncode, result.stderr.decode()

    def encode(self, *options, **limits):
        return self.end("encode", "--quiet", "-m", self.model, "-o", self.earlier, *options,
                        self.text, **limits)

    @unittest.skipIf(SANITIZED, "SKIPPED: clang's OpenMP writes a file of its own first")
    def test_the_limit_on_files(self):
        for output, command in ((self.earlier, self.encode), (self.earlier_model, lambda **limits: (
                self.end("convert", "-o", self.earlier_model, self.model, **limits)))):
            code, err = command(limits=((resource.RLIMIT_FSIZE, 1000, UNLIMITED),))
            self.assertEqual((code, err), (1, f"bytepiece: {output}: File too large\n"))

    def test_the_limit_on_time(self):
        corpus = self.write("corpus", random.Random(1).randbytes(4_000_000))
        code, err = self.end("train", "--quiet", "-o", self.earlier_model, corpus,
                             limits=((resource.RLIMIT_CPU, 1, 60),))
        self.assertEqual((code, err), (-signal.SIGXCPU, ""))

    def test_other_signals_that_end_a_process(self):
        before = self.files()
        for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2):
            process = self.start_encoding(self.model)
            process.send_signal(number)
            self.assertEqual(process.wait(60), -number)
            process.communicate()
            self.assertEqual(self.files(), before)

    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer needs its own memory")
    def test_no_thread_can_be_started(self):
        # Each thread would take a stack that the limit on memory has no room for.
        limits = ((resource.RLIMIT_AS, 1 << 40, UNLIMITED), (resource.RLIMIT_STACK, 1 << 41, UNLIMITED))
        # The threads there are do the work of the others.
        result = subprocess.run([BINARY, "encode", "--threads", "3", "-m", self.model, self.text],
                                capture_output=True, preexec_fn=limited(*limits))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, self.ok("encode", "-m", self.model, self.text))
        # The one that reads ahead of training is needed.
        for command in ("train", "count"):
            self.assertEqual(
                self.end(command, "--quiet", "--threads", "2", "-o", self.earlier_model, self.text,
                         limits=limits),
                (1, "bytepiece: cannot start a thread; use fewer threads, or raise the limits\n"))

    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer needs its own stack")
    def test_a_small_stack(self):
        limits = ((resource.RLIMIT_STACK, 64 << 10, 64 << 10),)
        results = []
        for limit in ((), limits):
            result = subprocess.run([BINARY, "encode", "-m", self.model, self.text],
                                    capture_output=True, preexec_fn=limited(*limit))
            self.assertEqual(result.returncode, 0, result.stderr)
            results.append(result.stdout)
        self.assertEqual(*results)

    def start_encoding(self, model):
        """A run that has loaded its model, made its temporary file and waits for text."""
        before = self.files()
        process = start("encode", "--quiet", "-m", model, "--document", "line", "-o", self.earlier)
        while self.files() == before:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def test_a_killed_run_is_tidied_up_after(self):
        before = self.files()
        process = self.start_encoding(self.model)
        process.kill()
        process.communicate()
        self.assertEqual(len(self.files()), len(before) + 1)
        other = self.start_encoding(self.model)  # the killed one's file is gone, its own is there
        self.assertEqual(len(self.files()), len(before) + 1)
        self.ok("encode", "-m", self.model, "-o", self.earlier, self.text)
        self.assertEqual(len(self.files()), len(before) + 1)
        other.communicate(b"")
        self.assertEqual(len(self.files()), len(before))

    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer reports what such an end leaves behind")
    def test_a_model_overwritten_while_it_is_used(self):
        compiled = self.folder / "compiled"
        self.ok("convert", "--to", "compiled", "-o", compiled, self.model)
        model = compiled.read_bytes()
        earlier = self.earlier.read_bytes()
        flipped = bytes(255 - byte for byte in model)
        lines = self.text.read_bytes() * 10
        line = lines.replace(b"\n", b" ") * 20  # that is streamed byte by byte
        for content, text in ((b"", lines), (flipped, lines), (model, lines),  # cut, other, the same
                              (b"", line), (flipped, line), (lines, line)):
            with self.subTest(size=len(content), text=len(text)):
                compiled.write_bytes(model)
                process = self.start_encoding(compiled)
                compiled.write_bytes(content)
                _, err = process.communicate(text)
                self.assertEqual(process.returncode, 1, err)
                self.assertEqual(len(err.splitlines()), 1, err)
                self.assertIn(f"bytepiece: {compiled} was written to while it was in use",
                              err.decode())
                self.assertFalse([name for name in self.files() if name.endswith(".part")])
                self.assertEqual(self.earlier.read_bytes(), earlier, "a wrong output replaced it")

    def test_a_model_overwritten_while_it_decodes(self):
        compiled = self.folder / "compiled"
        self.ok("convert", "--to", "compiled", "-o", compiled, self.model)
        earlier = self.earlier_model.read_bytes()
        before = self.files()
        process = start("decode", "-m", compiled, "-o", self.earlier_model)
        while self.files() == before:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        compiled.write_bytes(bytes(255 - byte for byte in compiled.read_bytes()))
        _, err = process.communicate(b"300 301\n")
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(f"bytepiece: {compiled} was written to while it was in use", err.decode())
        self.assertEqual(self.earlier_model.read_bytes(), earlier, "a wrong output replaced it")

    def test_a_model_renamed_over_while_it_is_used(self):
        compiled = self.folder / "compiled"
        self.ok("convert", "--to", "compiled", "-o", compiled, self.model)
        process = self.start_encoding(compiled)
        self.write("new", b"another model").rename(compiled)
        _, err = process.communicate(self.text.read_bytes())
        self.assertEqual((process.returncode, err), (0, b""))

    def test_messages_cannot_steer_a_terminal(self):
        name = "no\x1b[31mfile\x07\u202e"
        code, err = self.end("encode", "-m", self.model, name)
        self.assertEqual(code, 1)
        self.assertIn(r"no\x1B[31mfile\x07\xE2\x80\xAE", err)
        field = self.write("f.jsonl", b'{"a\\u001b[2J": 1}\n')
        code, err = self.end("encode", "-m", self.model, field)
        self.assertEqual(code, 1)
        self.assertIn(r"a\x1B[2J", err)
