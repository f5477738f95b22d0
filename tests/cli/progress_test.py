# SPDX-License-Identifier: Apache-2.0
"""Progress: share and time left in every stage, bytes of one kind, lines that fit."""
import fcntl
import gzip
import json
import os
import pty
import re
import signal
import struct
import termios
import unicodedata
import unittest

from support import CliTest, run, start, text


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class ProgressTest(CliTest):

    def events(self, *arguments):
        log = self.folder / "log"
        code, _, err = run(*arguments, "--quiet", "--log-json", log)
        self.assertEqual(code, 0, err)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return lines

    def on_terminal(self, width, *arguments, environment=None):
        """What is shown on one of so many columns (None: it does not say), line by line."""
        ours, theirs = pty.openpty()
        if width:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = start(*arguments, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how a terminal's end is told
            pass
        os.close(ours)
        process.stdin.close()
        self.assertEqual(process.wait(60), 0, shown)
        lines = re.split(r"[\r\n]+", shown.decode().replace("\x1b[K", ""))
        return [line for line in lines if line]

    def test_every_stage_of_training_has_a_share(self):
        corpus = self.write("c.txt.gz", gzip.compress(text() * 5))
        size = corpus.stat().st_size
        events = self.events("train", "--vocab-size", "600,800", "-o", self.folder / "m", corpus)
        ends = [event for event in events if event["event"] == "end"]
        self.assertEqual([event["stage"] for event in ends], [1, 2, 3, 4, 5, 6])
        for event in ends:
            self.assertGreater(event["done"], 0, event)
            self.assertLessEqual(event["done"], event["total"], event)
            if event["stage"] in (2, 4):  # no bytes are read
                self.assertEqual(event["unit"], "")
            else:
                # Of the file as it is stored, however often it is read.
                self.assertEqual(event["unit"], "bytes")
                self.assertEqual(event["total"], event["readings"] * size)
                self.assertEqual(event["done"] % size, 0)
        self.assertEqual([ends[0]["readings"], ends[2]["readings"]], [1, 1])
        self.assertEqual([ends[0]["done"], ends[2]["done"]], [size, size])
        self.assertGreaterEqual(ends[4]["readings"], 3)

    def test_every_stage_of_counting_has_a_share(self):
        corpus = self.write("c.txt", text() * 10)
        counts, pieces = self.folder / "counts", self.folder / "pieces"
        for stages, arguments in (
                (2, ("count", "-o", counts, corpus)),
                (1, ("merge", "-o", self.folder / "twice", counts, counts)),
                (3, ("count", "--pieces", "--ngrams", counts, "-o", pieces, corpus))):
            ends = [event for event in self.events(*arguments) if event["event"] == "end"]
            self.assertEqual([event["stage"] for event in ends], list(range(1, stages + 1)))
            for event in ends:
                self.assertGreater(event["done"], 0, event)
                self.assertLessEqual(event["done"], event["total"], event)
            self.assertEqual(ends[-1]["done"], ends[-1]["total"])

    def test_encoding_counts_the_bytes_of_the_input_to_its_end(self):
        corpus = self.write("c.txt.gz", gzip.compress(text() * 500, 1))
        events = self.events("encode", "-m", self.model, "--document", "line", "-o",
                             self.folder / "ids", corpus)
        size = corpus.stat().st_size
        self.assertEqual({(event["total"], event["unit"]) for event in events}, {(size, "bytes")})
        self.assertEqual((events[0]["event"], events[0]["done"]), ("begin", 0))
        self.assertEqual((events[-1]["event"], events[-1]["done"]), ("end", size))
        done = [event["done"] for event in events]
        self.assertEqual(done, sorted(done))

    def test_lines_fit_the_terminal(self):
        corpus = self.write("c.txt", text() * 5)
        train = ("train", "--vocab-size", 600, "-o", self.folder / "m", corpus)
        for width, environment in ((50, None), (12, None),
                                   (None, dict(os.environ, COLUMNS="30"))):
            lines = self.on_terminal(width, *train, environment=environment)
            stages = [line for line in lines if re.match(r"\d/6 ", line)]
            self.assertGreater(len(stages), 6)
            for line in stages:
                self.assertLess(columns(line), width or 30, line)
        # A line within a stage is shown once that has lasted: twice the text until it has.
        within = re.compile(r"5/6 growing the vocabulary: \d+% of \d+ readings of .* [kM]B, "
                            r".* left, .* [kM]B/s, .* of memory")
        for times in (45 << doubling for doubling in range(8)):
            wide = self.on_terminal(200, *train[:-1], self.write("large.txt", text() * times))
            if any(within.fullmatch(line) for line in wide):
                break
        else:
            self.fail(wide)
        self.assertTrue(any(re.fullmatch(r"1/6 counting n-grams: [\d.]+ [kM]B in .* s", line)
                            for line in wide), wide)

    def test_tables_fit_the_terminal(self):
        models = []
        for i in range(6):
            models += ["-m", self.write(f"a model of number {i}", self.model.read_bytes())]
        lines = self.on_terminal(60, "evaluate", *models, self.write("c.txt", text()))
        self.assertGreater(sum("number" in line for line in lines), 1)  # in blocks
        for line in lines:
            self.assertLessEqual(columns(line), 60, line)


class InterruptionTest(CliTest):

    def test_training_names_the_work_dir(self):
        corpus = self.write("c", os.urandom(6_000_000))
        for options, says in (((), "with --work-dir DIR"),
                              (("--work-dir", self.folder / "w"), "The same command goes on")):
            process = start("train", "--progress", *options, "-o", self.folder / "m", corpus)
            process.stderr.readline()
            process.send_signal(signal.SIGINT)
            err = process.stderr.read().decode()
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, -signal.SIGINT)
            self.assertEqual(err.count("interrupted"), 1, err)
            self.assertIn(says, err)


if __name__ == "__main__":
    unittest.main()
