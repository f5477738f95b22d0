# SPDX-License-Identifier: Apache-2.0
"""--memory-limit in a control group that allows little more: the kernel would kill."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from support import BINARY, SANITIZED, CliTest, random_words

MIB = 1 << 20
MOUNT = pathlib.Path("/sys/fs/cgroup")
# For the kernel's own, page tables and the like. The page cache counts, too, but yields.
MORE = 8 * MIB


def places():
    """(folder in which a group may be made, its files for the limit and for swap)."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            # Groups of version 2 have either processes or groups of their own.
            own = MOUNT / path.lstrip("/")
            yield own if path == "/" else own.parent, "memory.max", "memory.swap.max"
        elif "memory" in controllers.split(","):
            yield (MOUNT / "memory" / path.lstrip("/"), "memory.limit_in_bytes",
                   "memory.memsw.limit_in_bytes")


def make_group(limit):
    """A new group with this limit and no swap, or None where none can be made."""
    for folder, limit_name, swap_name in places():
        try:
            group = pathlib.Path(tempfile.mkdtemp(prefix="bytepiece-test-", dir=folder))
        except OSError:
            continue
        try:
            (group / limit_name).write_text(str(limit))
            if (group / swap_name).exists():
                (group / swap_name).write_text("0" if "max" in swap_name else str(limit))
            return group
        except OSError:
            group.rmdir()
    return None


@unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer's memory is beyond any limit")
class ControlGroupTest(CliTest):

    def run_in(self, group, *arguments):
        def enter():
            (group / "cgroup.procs").write_text(str(os.getpid()))
        process = subprocess.run([BINARY, *map(str, arguments)], preexec_fn=enter,
                                 capture_output=True)
        return process.returncode, process.stderr.decode()

    def assert_done(self, code, err):
        """Nothing was said but that such text has few pieces."""
        self.assertEqual(code, 0, err)
        self.assertRegex(err, r"\A(bytepiece: note: the vocabulary has \d+ of the \d+ tokens .*\n)?\Z")

    def group(self, limit):
        group = make_group(limit)
        if group is None:
            self.skipTest("SKIPPED: no control group with a memory limit can be made here")
        self.addCleanup(group.rmdir)
        return group

    def test_a_corpus_several_times_what_the_group_allows(self):
        limit = 60
        group = self.group(limit * MIB + MORE)
        corpus = self.write("corpus.txt", random_words(160))
        options = ["--method", "recover", "--order", 5, "--min-count", 2000, "--vocab-size", 1000,
                   corpus]
        code, err = self.run_in(group, "train", "--quiet", "--threads", 1, "--memory-limit",
                                f"{limit}M", "--temp-dir", self.folder, "-o",
                                self.folder / "model", *options)
        self.assert_done(code, err)
        self.assertEqual(self.ok("train", "--quiet", "-o", "-", *options),
                         (self.folder / "model").read_bytes())

    def test_the_limit_is_that_of_the_group(self):
        """Without --memory-limit: three quarters of what the group allows."""
        group = self.group(100 * MIB)
        corpus = self.write("corpus.txt", random_words(16))
        code, err = self.run_in(group, "train", "--quiet", "--min-count", 500, "--temp-dir",
                                self.folder, "-o", self.folder / "model", corpus)
        self.assert_done(code, err)

    def test_the_kernel_does_kill(self):
        """Else these tests would show nothing."""
        group = self.group(60 * MIB)
        corpus = self.write("corpus.txt", random_words(16))
        code, _ = self.run_in(group, "train", "--quiet", "--memory-limit", "1G", "-o",
                              self.folder / "model", corpus)
        self.assertEqual(code, -signal.SIGKILL)
