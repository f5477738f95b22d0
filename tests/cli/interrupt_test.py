# SPDX-License-Identifier: Apache-2.0
"""Interrupted runs: no half-written output, an earlier one untouched."""
import random
import signal
import subprocess
import time

from support import BINARY, CliTest, start, text

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class InterruptTest(CliTest):

    def wait_until(self, condition, process):
        for _ in range(3000):
            if condition():
                return
            self.assertIsNone(process.poll(), "ended too early")
            time.sleep(0.01)
        self.fail("waited in vain")

    def test_encode(self):
        out = self.write("out.ids", b"an earlier result")
        before = self.files()
        for number in SIGNALS:
            with self.subTest(signal=number):
                # Standard input stays open: the run is in the midst of its work.
                process = start("encode", "-m", self.model, "--document", "line", "-o", out)
                process.stdin.write(text() * 600)
                process.stdin.flush()
                self.wait_until(lambda: len(self.files()) > len(before), process)
                process.send_signal(number)
                self.assertEqual(process.wait(60), -number)
                process.communicate()
                self.assertEqual(self.files(), before)

    def test_encode_into_a_folder_keeps_what_is_complete(self):
        self.write("in/a.txt", b"first")
        self.write("in/b.txt", b"second")
        # Standard input stays open: the run is in the midst of its third output.
        process = start("encode", "-m", self.model, "--document", "line", "--output-dir",
                        self.folder / "out", self.folder / "in", "-")
        for _ in range(2):
            process.stdin.write(text() * 600)
            process.stdin.flush()
        out = lambda: sorted(p.name for p in (self.folder / "out").rglob("*"))
        self.wait_until(lambda: any(name.endswith(".part") for name in out()[2:]), process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), -signal.SIGINT)
        process.communicate()
        self.assertEqual(out(), ["a.ids", "b.ids"])

    def test_train(self):
        corpus = self.write("corpus", random.Random(1).randbytes(6_000_000))
        out = self.write("model", b"an earlier result")
        before = self.files()
        for number in SIGNALS[:2]:
            with self.subTest(signal=number):
                process = start("train", "--progress", "-o", out, corpus)
                self.assertIn(b"1/6", process.stderr.readline())
                process.send_signal(number)
                self.assertEqual(process.wait(10), -number)
                process.communicate()
                self.assertEqual(self.files(), before)

    def test_training_that_waits_for_its_input(self):
        out = self.write("model", b"an earlier result")
        before = self.files()
        process = start("train", "-o", out)  # waits for standard input
        self.wait_until(lambda: len(self.files()) > len(before), process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), -signal.SIGINT)
        process.communicate()
        self.assertEqual(self.files(), before)

    def test_an_ignored_signal_stays_ignored(self):
        ignore = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
        process = subprocess.Popen([BINARY, "encode", "-m", self.model, "--document", "line"],
                                   preexec_fn=ignore, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write(text() * 600)  # has started, when this has gone through
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        process.communicate()
        self.assertEqual(process.returncode, 0)

    def test_a_reader_that_goes_away(self):
        corpus = self.write("corpus", text() * 200)
        process = start("encode", "-m", self.model, corpus)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.wait(60), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")
        process.stdin.close()
        process.stderr.close()
