# SPDX-License-Identifier: Apache-2.0
"""--memory-limit: resident memory below it, the same bytes, nothing left behind."""
import gzip
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import time
import unittest

from support import (BINARY, SANITIZED, CliTest, random_words, read_json_lines, read_npy,
                     reference_model, run, start, text)

MIB = 1 << 20


class MemoryTest(CliTest):

    def peak(self, *arguments, stdin=subprocess.DEVNULL):
        """Peak resident bytes of a run that must succeed, as the kernel tells while it runs.

        What wait4 tells counts this process too, of which the program was a copy.
        """
        process = start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                        stdin=stdin)
        peak = 0
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                continue
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak = max(peak, 1024 * int(found[1]) if found else 0)
            time.sleep(0.01)
        self.assertEqual(process.returncode, 0)
        return peak

    def train(self, corpus, *options):
        (self.folder / "temp").mkdir(exist_ok=True)
        peak = self.peak("train", "--order", 5, "--min-count", corpus.stat().st_size // 80_000,
                         "--vocab-size", 1000, "--temp-dir", self.folder / "temp", "-o",
                         self.folder / "model", *options, corpus)
        self.assertEqual(list((self.folder / "temp").iterdir()), [])
        return peak

    def test_the_same_bytes_for_every_limit(self):
        corpus = self.write("corpus.txt", random_words(4 if SANITIZED else 12))
        models = set()
        for threads, limit in ((1, "60M"), (1, "90M"), (2, "100M"), (3, "1G")):
            self.train(corpus, "--threads", threads, "--memory-limit", limit)
            models.add((self.folder / "model").read_bytes())
        self.assertEqual(len(models), 1)

    def test_lines_beyond_a_part_in_any_order(self):
        # A line of more than 1.25 MB is counted in several parts, wherever it was read from.
        long = random_words(1)[:50_000].replace(b"\n", b" ") * 30
        a, b = self.write("a.txt", long + b"\nshort\n"), self.write("b.txt", long[-9_000:])
        packed = self.write("c/a.txt.gz", gzip.compress(a.read_bytes(), 1))
        options = ("--vocab-size", 270, "--order", 3, "--min-count", 100)
        models = {self.ok("train", *options, *how, "-o", "-") for how in (
            (a, b, "--threads", 1), (b, packed, "--threads", 2, "--memory-limit", "100M"))}
        self.assertEqual(len(models), 1)

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_a_corpus_several_times_the_limit(self):
        limit = 60
        corpus = self.write("corpus.txt", random_words(160))
        peak = self.train(corpus, "--threads", 1, "--memory-limit", f"{limit}M")
        self.assertGreater(peak, limit * MIB / 3)  # it was measured
        self.assertLess(peak, limit * MIB)
        self.assertGreater(corpus.stat().st_size, 2.5 * limit * MIB)

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_one_long_line(self):
        limit = 60
        line = self.write("line.txt", random_words(24).replace(b"\n", b" "))
        (self.folder / "temp").mkdir()
        peak = self.peak("count", "--order", 4, "--threads", 1, "--memory-limit", f"{limit}M",
                         "--temp-dir", self.folder / "temp", "-o", self.folder / "counts", line)
        self.assertLess(peak, limit * MIB)
        path = self.write("line.jsonl", b'{"text": "%s"}\n' % line.read_bytes()[:8 * MIB])
        for command in ("train", "count"):
            self.fails(command, "--threads", 1, "--memory-limit", f"{limit}M", "-o",
                       self.folder / "out", path, says=f"{path}:1: a line of 8192 kB has no room "
                       f"within the memory limit of {limit}M, which leaves ")

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_a_refusal_says_what_is_enough(self):
        text = random_words(12).replace(b"\n", b" ")
        line = self.write("line.jsonl", b'{"text": "%s"}\n' % text)
        word = self.write("word.txt", text[:200_000])
        for command in (("encode", "-m", self.model, line), ("evaluate", "-m", self.model, line),
                        ("sample", "-m", self.model, "--samples", 3, line),
                        ("count", "--order", 3, "-o", self.folder / "counts", line),
                        ("inspect", "-m", self.model, "--text", "-")):
            with self.subTest(command[0]):
                stdin = word.read_bytes() if command[0] == "inspect" else b""
                thread = () if command[0] == "inspect" else ("--threads", 1)
                limited = (*command, *thread, "--memory-limit")
                code, out, err = run(*limited, "70M", stdin=stdin)
                self.assertEqual((code, out), (1, b""), err)
                enough = re.search(r"memory limit of 70M.*; raise --memory-limit to (\d+)M", err)
                self.assertTrue(enough, err)
                with open(word, "rb") as text_file:
                    peak = self.peak(*limited, f"{enough[1]}M", stdin=text_file)
                self.assertLess(peak, int(enough[1]) * MIB)

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_a_long_text_to_explain_is_refused(self):
        for size in (50_000_000, 300_000_000):  # too long to explain; too long to hold
            self.fails("inspect", "-m", self.model, "--memory-limit", "300M", "--text", "-",
                       stdin=b"x" * size, says="the memory limit of 300M leaves ")
        # What was not read to its end has no number that would be enough.
        err = run("inspect", "-m", self.model, "--memory-limit", "300M", "--text", "-",
                  stdin=b"x" * 300_000_000)[2]
        self.assertRegex(err, "standard input takes more than [0-9]+M to explain, .* leaves no more "
                              "than that; give a shorter text, or raise --memory-limit$")

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_encoding_streams(self):
        line = self.write("line.txt", b"the words of a line " * 6_000_000)
        self.assertLess(self.peak("encode", "-m", self.model, "--threads", 1, "--format", "bin",
                                  "-o", "/dev/null", line), 3 * line.stat().st_size)

    @unittest.skipIf(SANITIZED, "SKIPPED: peak memory means nothing under a sanitizer")
    def test_small_files_that_unpack_to_much(self):
        lines = self.write("lines.gz", gzip.compress(b"the words of a line\n" * 1_200_000))
        line = self.write("line.gz", gzip.compress(b"the words of a line " * 1_200_000))
        json = self.write("line.jsonl.gz", gzip.compress(b'{"text": "%s"}' % (b"a " * 12_000_000)))
        limited = ("-m", self.model, "--quiet", "--threads", 1, "--memory-limit", "80M")
        ids = (*limited, "-o", "/dev/null", "--format")
        taken = [("encode", *ids, "bin", line), ("encode", *ids, "jsonl", "--offsets", lines),
                 ("encode", *ids, "bin", "--special-tokens", "allow", line),
                 ("sample", *ids, "bin", "--document", "line", lines), ("evaluate", *limited, lines)]
        for arguments in taken:
            with self.subTest(arguments=arguments):
                self.assertLess(self.peak(*arguments), 80 * MIB)
        for command, path in (("encode", json), ("sample", json), ("evaluate", json)):
            self.fails(command, *limited, path, says=f"{path}:1: a line of 23437 kB has no ")
        self.fails("encode", *ids, "jsonl", "--offsets", line, says=f"{line}: text that must be ")
        for command in ("sample", "evaluate"):
            self.fails(command, *limited, line, says=f"{line}: text that must be held whole of ")
        self.assertLess(json.stat().st_size, 100_000)

    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer needs more than this limit")
    def test_paths_that_never_meet(self):
        model = self.write("aa", reference_model({b"aa": 1}))
        path = self.write("a.gz", gzip.compress(b"a" * 4_000_000))
        encode = ("encode", "-m", model, "--threads", 1, "--format", "bin", path, "--memory-limit")
        code, out, err = run(*encode, "80M")
        self.assertEqual((code, out), (1, b""))
        says = re.search(r"^bytepiece: (.*) \(document 1\): a line whose pieces depend on how it ends, "
                         r"for more than \d+ kB, has no room within the memory limit of 80M; raise "
                         r"--memory-limit by (\d+)M for each MB more of it, or cut the text into "
                         r"lines\n$", err)
        self.assertTrue(says, err)
        self.assertEqual(says[1], str(path))
        self.assertEqual(len(self.ok(*encode, f"{80 + 4 * int(says[2])}M")), 2 * 2_000_000)

    def test_what_waits_for_its_end_is_written_whole(self):
        # Offsets after all ids of a document, and all ids after the header of an array.
        corpus = self.write("corpus.txt", text() * 40)
        (document,) = read_json_lines(self.ok("encode", "-m", self.model, "--offsets", "--format",
                                              "jsonl", corpus))
        self.assertEqual(len(document["ids"]), len(document["offsets"]))
        self.assertEqual(document["offsets"][0][0], 0)
        self.assertEqual(document["offsets"][-1][1], corpus.stat().st_size)
        for (_, end), (begin, _) in zip(document["offsets"], document["offsets"][1:]):
            self.assertEqual(end, begin)
        array = self.ok("encode", "-m", self.model, "--format", "npy", corpus)
        self.assertEqual(read_npy(array), ("<u2", document["ids"]))

    def test_limits_that_cannot_be(self):
        corpus = self.write("corpus", b"some text " * 1000)
        out = self.write("out", b"an earlier result")
        for limit, says, code in (("10M", "memory limit 10M is below ", 1),
                                  ("lots", "is no size; write 512M", 2),
                                  ("-1G", "--memory-limit", 2)):
            self.fails("train", f"--memory-limit={limit}", "-o", out, corpus, says=says, code=code)
        self.fails("train", "--memory-limit=80M", "--threads=8", "-o", out, corpus,
                   says="lower --threads")
        for command in ("encode", "sample", "evaluate"):
            for limit, says, code in (("1M", "memory limit 1M is below ", 1),
                                      ("lots", "is no size; write 512M", 2)):
                self.fails(command, "-m", self.model, "--memory-limit", limit, corpus, says=says,
                           code=code)

    def test_piped_input_is_copied_to_the_temporary_folder(self):
        (self.folder / "temp").mkdir()
        no_tmpdir = {**os.environ, "TMPDIR": str(self.folder / "none")}
        data = b"some text " * 1000

        def train(*temp_dir):
            process = start("train", *temp_dir, "-o", self.folder / "out", env=no_tmpdir)
            return process.communicate(data)[1], process.returncode

        self.assertEqual(train("--temp-dir", self.folder / "temp")[1], 0)
        self.assertEqual(list((self.folder / "temp").iterdir()), [])
        err, code = train()
        self.assertEqual(code, 1)
        self.assertRegex(err, rb"cannot create a file in the temporary folder .*none.*--temp-dir")
        err, code = train("--temp-dir", self.folder / "other")
        self.assertEqual(code, 2)
        self.assertRegex(err, rb'--temp-dir: ".*other" is no folder')

    def test_a_model_that_does_not_fit(self):
        corpus = self.write("corpus", random.Random(1).randbytes(4_000_000))
        out = self.write("out", b"an earlier result")
        self.fails("train", "--min-count", 1, "--threads", 1, "--memory-limit", "62M", "-o", out,
                   corpus, says="raise --memory-limit, or raise --min-count above 1")

    @unittest.skipIf("TSAN_OPTIONS" in os.environ,
                     "SKIPPED: ThreadSanitizer's own memory is a file, beyond the limit set here")
    def test_disk_full(self):
        corpus = self.write("corpus", random_words(6))
        (self.folder / "temp").mkdir()
        before = self.files()

        def limit_file_size():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        for where in (["--temp-dir", self.folder / "temp"], ["--work-dir", self.folder / "work"]):
            process = subprocess.Popen(
                [BINARY, *map(str, ["train", "--threads", 1, "--memory-limit", "62M", *where, "-o",
                                    self.folder / "out", corpus])],
                stderr=subprocess.PIPE, preexec_fn=limit_file_size)
            _, err = process.communicate()
            self.assertEqual(process.returncode, 1)
            self.assertIn(b"File too large", err)
            self.assertIn(b"--temp-dir", err)
            self.assertEqual(len(err.splitlines()), 1, err)
            left = {name for name in self.files() if not name.startswith("work/")}
            self.assertEqual(left, set(before))

    @unittest.skipIf(os.geteuid() != 0, "SKIPPED: only root can mount a small disk")
    def test_small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("SKIPPED: may not mount")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        corpus = self.write("corpus", random_words(6))
        code, _, err = run("train", "--threads", 1, "--memory-limit", "62M", "--temp-dir", disk,
                           "-o", self.folder / "out", corpus)
        self.assertEqual(code, 1)
        self.assertRegex(err, r"^bytepiece: cannot write .*disk: No space left on device .*"
                              r"--temp-dir or TMPDIR\n$")
        self.assertEqual(list(disk.iterdir()), [])
        self.assertFalse((self.folder / "out").exists())

    def test_no_temporary_folder(self):
        corpus = self.write("corpus", random_words(6))
        self.fails("train", "--threads", 1, "--memory-limit", "62M", "--temp-dir",
                   self.folder / "none", "-o", self.folder / "out", corpus, code=2,
                   says="--temp-dir")
