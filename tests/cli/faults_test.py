# SPDX-License-Identifier: Apache-2.0
"""Allocations and system calls that fail, disks that are full, kills: every command either does its
work whole, or says in one line why not and leaves what was there.

With BYTEPIECE_LONG set (./check --long) many more of each."""
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from support import BINARY, SANITIZED, CliTest, text

LONG = bool(os.environ.get("BYTEPIECE_LONG"))
FAILING_MALLOC = os.environ.get("BYTEPIECE_FAILING_MALLOC")
SEED = int(os.environ.get("BYTEPIECE_SEED", "21"))
EARLIER = b"an earlier result"

# By name: arguments, of which the output is called "out".
COMMANDS = {
    "train": "train --vocab-size 300 -o out text",
    "train on in a work folder": "train --method exact --vocab-size 260 --work-dir work -o out text",
    "train from counts": "train --from-counts --vocab-size 260 -o out pieces",
    "count": "count -o out text",
    "count pieces": "count --pieces --ngrams ngrams -o out text",
    "merge": "merge -o out ngrams ngrams",
    "encode": "encode -m model -o out --format npy text",
    "encode packed": "encode -m compiled -o out --normalization nfc --offsets --format jsonl d.jsonl.gz",
    "encode to megatron": "encode -m model --format megatron -o out text",
    "decode": "decode -m model -o out ids",
    "decode an array": "decode -m compiled --to jsonl -o out ids.npy",
    "sample": "sample -m model --alpha 0.2 -o out text",
    "convert to json": "convert --to json -o out plain",
    "convert to compiled": "convert --to compiled -o out model",
    "inspect": "inspect -m model --text hello --lattice",
    "evaluate": "evaluate -m model --json text",
}

# The points of libfiu that these commands pass, except unlink: what cannot be deleted stays.
POINTS = [f"posix/{name}" for name in (
    "io/oc/open", "io/oc/close", "io/rw/read", "io/rw/read/reduce", "io/rw/pread", "io/rw/write",
    "io/rw/write/reduce", "io/rw/writev", "io/sync/fdatasync", "io/dir/opendir", "io/dir/readdir",
    "io/dir/rename", "stdio/oc/fopen", "stdio/oc/fdopen", "stdio/oc/fclose", "stdio/rw/fread",
    "stdio/rw/fwrite", "stdio/seek/fseeko", "mm/mmap")]


def quiet(arguments):
    command, *rest = arguments.split()
    options = ["--quiet"] if command not in ("decode", "convert", "inspect") else []
    options += ["--threads", "2"] if command in ("train", "count", "encode", "sample") else []
    return [BINARY, command, *options, *rest]


class FaultsTest(CliTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inputs = cls.class_folder / "inputs"
        cls.inputs.mkdir()
        make = lambda *arguments, **options: subprocess.run(
            [BINARY, *arguments], cwd=cls.inputs, check=True, capture_output=True, **options)
        lines = text()[:6000].decode("utf-8", "ignore") + "e\u0301\u0323 \uac00\u11a8\n" * 20
        (cls.inputs / "text").write_text(lines)
        make("encode", "-m", cls.model, "--document", "line", "-o", "ids", "text")
        make("encode", "-m", cls.model, "--document", "line", "--eos", "-o", "ids.npy", "text")
        shutil.copy(cls.model, cls.inputs / "model")
        make("convert", "--to", "compiled", "-o", "compiled", "model")
        make("train", "--scores", "log", "--vocab-size", "300", "-o", "plain", "text")
        make("decode", "-m", "model", "--to", "jsonl", "-o", "d.jsonl", "ids")
        subprocess.run(["gzip", "d.jsonl"], cwd=cls.inputs, check=True)
        make("count", "-o", "ngrams", "text")
        make("count", "--pieces", "--ngrams", "ngrams", "-o", "pieces", "text")
        make(*"train --method exact --vocab-size 260 --work-dir work -o out text".split())
        cls.expected = {name: cls.results(name) for name in COMMANDS}

    @classmethod
    def run_command(cls, name, environment=(), prefix=()):
        """The process that has ended, with what it left in "out"."""
        for path in cls.inputs.glob("out*"):
            path.unlink()
        (cls.inputs / "out").write_bytes(EARLIER)
        return subprocess.run([*prefix, *quiet(COMMANDS[name])], cwd=cls.inputs, timeout=120,
                              env={**os.environ, **dict(environment)}, capture_output=True)

    @classmethod
    def outputs(cls, process):
        # What evaluate measures of time differs.
        printed = re.sub(rb'"tokens_per_second": [0-9.e+]+', b"", process.stdout)
        return {"": printed} | {p.name: p.read_bytes() for p in cls.inputs.glob("out*")}

    @classmethod
    def results(cls, name):
        process = cls.run_command(name)
        assert process.returncode == 0, (name, process.stderr)
        return cls.outputs(process)

    def check(self, name, process, fault, says="."):
        outputs = self.outputs(process)
        err = process.stderr.decode()
        about = f"{name} with {fault}: {process.returncode}, {err!r}"
        if process.returncode == 0:
            # A mapped model that could not be is read: RE2 may have said what became of its try.
            self.assertRegex(err, r"\A(\./re2/.*\n)?\Z", about)
            self.assertTrue(outputs == self.expected[name], about + ": another result")
            return
        self.assertEqual(process.returncode, 1, about)
        if "fwrite" in str(fault) and not err:
            err = "bytepiece: what is said could not be written either\n"
        # The library of regular expressions has a say when memory runs out, which may itself be cut
        # short.
        self.assertRegex(err, r"\A(\./re2/.*\n?)?bytepiece: .*\n\Z", about)
        self.assertRegex(err, says, about)
        if name == "encode to megatron" and outputs.get("out.bin"):
            outputs.pop("out.bin")  # the first of two names may have come into being
        outputs.pop("", None)
        self.assertEqual(outputs, {"out": EARLIER}, about)

    @unittest.skipUnless(FAILING_MALLOC, "SKIPPED: no build for it")
    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer has an allocator of its own")
    def test_allocations_that_fail(self):
        generator = random.Random(SEED)
        preload = {"LD_PRELOAD": FAILING_MALLOC}
        options = self.run_allocations("merge", preload)  # what all commands begin with, and more
        for name in COMMANDS:
            total = self.run_allocations(name, preload)
            # Options take most allocations, and are the same for all.
            work = range(min(options, total) * 3 // 4, total)
            chosen = generator.sample(work, min(len(work), 1000 if LONG else 6))
            chosen += generator.sample(range(total), 100 if LONG else 1)
            for number in chosen:
                for all_further in ({}, {"FAILING_MALLOC_ALL": "1"}):
                    fault = {"FAILING_MALLOC": str(number), **all_further}
                    process = self.run_command(name, {**preload, **fault})
                    self.check(name, process, fault, "memory|start a thread")

    def run_allocations(self, name, preload):
        process = self.run_command(name, {**preload, "FAILING_MALLOC_COUNT": "1"})
        self.assertEqual(process.returncode, 0, process.stderr)
        return int(process.stderr.split()[-1])

    @unittest.skipUnless(shutil.which("fiu-run"), "SKIPPED: needs fiu-utils")
    @unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer does system calls of its own")
    def test_system_calls_that_fail(self):
        # Each point with each command, at its first call or at any, is tried in some run.
        generator = random.Random(SEED if not LONG else None)
        trials = [(name, point) for name in COMMANDS for point in POINTS]
        for name, point in trials * 20 if LONG else generator.sample(trials, 60):
            for way in (f"enable name={point},onetime",
                        f"enable_random name={point},probability=0.3"):
                process = self.run_command(name, prefix=("fiu-run", "-x", "-c", way))
                self.check(name, process, way)

    @unittest.skipIf(SANITIZED, "SKIPPED: takes ten times as long")
    def test_a_full_disk(self):
        # In a name space of its own, where mounting needs no root.
        script = ('mount -t tmpfs -o size=$0 none "$1" && cp -r * "$1" && cd "$1" && '
                  'dd if=/dev/zero of=filling bs=4096 2>/dev/null; '
                  'printf "an earlier result" >out && shift && "$@" 2>&1; '
                  'echo $?; ls; cat out')
        inside = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
        room = sum(-(-p.stat().st_size // 4096) + 1 for p in self.inputs.rglob("*")) * 4096
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run([*inside, "mount -t tmpfs none $0", disk], capture_output=True).returncode:
            self.skipTest("SKIPPED: may not mount a file system")
        for name in ("encode", "convert to compiled", "count"):
            with self.subTest(command=name):
                result = subprocess.run([*inside, script, str(room), disk, *quiet(COMMANDS[name])],
                                        cwd=self.inputs, capture_output=True)
                message, code, *files = result.stdout.decode().splitlines()
                self.assertEqual((code, message), ("1", "bytepiece: out: No space left on device"))
                self.assertFalse([name for name in files if name.endswith(".part")])
                self.assertEqual(files[-1], "an earlier result")


class KillTest(CliTest):

    def test_kills_at_random(self):
        corpus = self.write("corpus", text() * 8)
        model = self.folder / "model"
        command = [BINARY, "train", "--quiet", "--threads", "1", "--vocab-size", "400",
                   "--checkpoint-every", "0", "--work-dir", self.folder / "work", "-o", model, corpus]
        begin = time.monotonic()
        subprocess.run(command, check=True)
        duration = time.monotonic() - begin
        expected = model.read_bytes()
        seed = random.randrange(1 << 32) if LONG else SEED
        generator = random.Random(seed)
        kills = 0
        while kills < (1000 if LONG else 20):
            if model.exists():  # the last run was not killed: all begins anew
                self.assertEqual(model.read_bytes(), expected, f"seed {seed}, {kills} kills")
                model.unlink()
                shutil.rmtree(self.folder / "work")
            process = subprocess.Popen(command, stderr=subprocess.PIPE)
            try:
                process.wait(generator.uniform(0, 0.7 * duration))
            except subprocess.TimeoutExpired:
                process.kill()
            _, err = process.communicate()
            self.assertIn(process.returncode, (0, -signal.SIGKILL), err)
            kills += process.returncode != 0
            parts = [p.name for p in self.folder.glob("*.part")]
            self.assertLessEqual(len(parts), 1, "what dead runs left was not cleared")
        subprocess.run(command, check=True)
        self.assertEqual(model.read_bytes(), expected, f"seed {seed}")
        self.assertEqual([p.name for p in self.folder.rglob("*.part")], [])
