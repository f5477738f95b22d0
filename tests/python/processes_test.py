# SPDX-License-Identifier: Apache-2.0
"""Worker processes of every kind: none hangs, none takes all cores.

Each way is tried twice; with BYTEPIECE_LONG a hundred times.
"""

import concurrent.futures
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import tempfile
import unittest

from bytepiece_cpp import Tokenizer
from bytepiece_cpp.processes import in_worker_process, threads_for
from support import chat, sentences

TIMES = 100 if os.environ.get("BYTEPIECE_LONG") else 2
TEXTS = sentences(200)
SECONDS = 120  # after which a worker hangs


def threads_of_this_process():
    return len(os.listdir("/proc/self/task"))


def encode(tokenizer):
    batch = tokenizer.encode_batch(TEXTS * 20)
    samples = tokenizer.sample_batch(TEXTS, alpha=0.2, special_tokens="allow")
    return (len(batch.ids), len(samples.ids), in_worker_process(), threads_for(0),
            threads_of_this_process())


def train_in_worker(_):
    from support import train
    return train(TEXTS, vocab_size=300).vocab_size


class PoolsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        chat().save(os.path.join(folder.name, "my.model"))
        self.tokenizer = Tokenizer(os.path.join(folder.name, "my.model"))
        # So that this process has used all its threads before it is forked.
        self.expected = encode(self.tokenizer)[:2]

    def check(self, method):
        for _ in range(TIMES):
            with concurrent.futures.ProcessPoolExecutor(
                    4, mp_context=multiprocessing.get_context(method)) as pool:
                results = [pool.submit(encode, self.tokenizer) for _ in range(8)]
                for result in results:
                    found = result.result(SECONDS)
                    self.assertEqual(found[:2], self.expected)
                    self.assertEqual(found[2:4], (True, 1))

    def test_fork(self):
        self.check("fork")

    def test_forkserver(self):
        self.check("forkserver")

    def test_spawn(self):
        self.check("spawn")

    def test_training_in_a_forked_worker(self):
        train_in_worker(0)
        with concurrent.futures.ProcessPoolExecutor(
                2, mp_context=multiprocessing.get_context("fork")) as pool:
            self.assertEqual(list(pool.map(train_in_worker, range(2), timeout=SECONDS)), [300, 300])

    def test_fork_while_other_threads_encode(self):
        import threading
        stop = threading.Event()

        def work():
            while not stop.is_set():
                self.tokenizer.encode_batch(TEXTS)
                self.tokenizer.encode(TEXTS[0])

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10 * TIMES):
                child = os.fork()
                if child == 0:
                    code = 1
                    try:
                        code = 0 if encode(self.tokenizer)[:2] == self.expected else 2
                    finally:
                        os._exit(code)
                self.assertEqual(self._wait(child), 0)
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _wait(self, child):
        import time
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(child, 9)
        os.waitpid(child, 0)
        return "hangs"

    def test_this_process_uses_all_cores(self):
        self.assertFalse(in_worker_process())
        self.assertEqual(threads_for(0), 0)
        self.assertEqual(threads_for(3), 3)


class DatasetsTest(unittest.TestCase):
    def test_map_in_processes(self):
        if importlib.util.find_spec("datasets") is None:
            self.skipTest("datasets is not installed")
        import datasets
        datasets.disable_progress_bars()
        dataset = datasets.Dataset.from_dict({"text": TEXTS})
        expected = [chat().encode(text) for text in TEXTS]
        tokenizer = chat()
        tokenizer.encode_batch(TEXTS)
        for _ in range(TIMES):
            mapped = dataset.map(
                lambda rows: {"ids": tokenizer.encode_batch(rows["text"]).to_lists()},
                batched=True, num_proc=4, load_from_cache_file=False)
            self.assertEqual(mapped["ids"][:], expected)


class TorchTest(unittest.TestCase):
    """In a process of its own, of whatever Python here has torch."""

    def test_dataset(self):
        for python in (sys.executable, "/usr/bin/python3"):
            found = subprocess.run([python, "-c", "import torch, numpy"], capture_output=True)
            if found.returncode == 0 and self._has_package(python):
                result = subprocess.run([python, "-B", "torch_check.py", str(TIMES)],
                                        capture_output=True, text=True, timeout=3000,
                                        cwd=os.path.dirname(os.path.abspath(__file__)))
                self.assertEqual((result.returncode, result.stdout), (0, "all is well\n"),
                                 result.stderr)
                return
        self.skipTest("no Python here has torch (on Debian: python3-torch)")

    def _has_package(self, python):
        return subprocess.run([python, "-c", "import bytepiece_cpp"],
                              capture_output=True).returncode == 0


if __name__ == "__main__":
    unittest.main()
