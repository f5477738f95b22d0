# SPDX-License-Identifier: Apache-2.0
"""--work-dir: a killed run goes on and makes the same file."""
import random
import shutil
import signal
import time

from support import OWN_CORPUS, SANITIZED, CliTest, kill_after, run, start


class ResumeTest(CliTest):

    def setUp(self):
        super().setUp()
        lines = OWN_CORPUS.read_bytes().splitlines(keepends=True)
        generator = random.Random(3)
        self.corpus = self.write("corpus.jsonl", b"".join(generator.choices(lines, k=1500 if SANITIZED else 8000)))
        self.work = self.folder / "work"
        self.arguments = ["--vocab-size", 700, self.corpus]
        start_time = time.monotonic()
        self.expected = self.ok("train", *self.arguments, "-o", "-")
        self.seconds = time.monotonic() - start_time

    def resume(self, *options):
        return self.ok("train", *self.arguments, "--work-dir", self.work, *options, "-o", "-")

    def test_killed_at_random_moments(self):
        generator = random.Random(4)
        kills = 0
        for _ in range(12):
            out = self.folder / "model"
            if not kill_after(generator.uniform(0, self.seconds), "train", *self.arguments,
                              "--work-dir", self.work, "--checkpoint-every", 0, "-o", out):
                break
            kills += 1
        self.assertGreater(kills, 0)
        self.assertEqual(self.resume(), self.expected)
        left = {path.name for path in self.work.iterdir()}
        self.assertEqual({name for name in left if not name.endswith(".counts")},
                         {"lock", "identity", "state"})
        # And once more, from what is done: only the last stage.
        self.assertEqual(self.resume("--threads", 1, "--memory-limit", "80M"), self.expected)

    def test_every_checkpoint_is_a_place_to_go_on(self):
        """Copies of the folder taken while the run goes on, between two saves of its state."""
        process = start("train", *self.arguments, "--work-dir", self.work, "--checkpoint-every", 0,
                        "-o", self.folder / "model")
        copies = []
        while process.poll() is None:
            try:
                state = (self.work / "state").read_bytes()
            except FileNotFoundError:
                continue
            if not copies or state != copies[-1][0]:
                copy = self.folder / f"copy{len(copies)}"
                shutil.copytree(self.work, copy, ignore_dangling_symlinks=True,
                                copy_function=self.copy_if_there)
                if (self.work / "state").read_bytes() == state:
                    copies.append((state, copy))
                else:
                    shutil.rmtree(copy)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertEqual((self.folder / "model").read_bytes(), self.expected)
        self.assertGreater(len(copies), 1)
        stages = set()
        for state, copy in copies[::max(1, len(copies) // 4)] + copies[-1:]:
            stages.add(state.splitlines()[1])
            self.work = copy
            self.assertEqual(self.resume(), self.expected, state)
        self.assertGreater(len(stages), 1)

    @staticmethod
    def copy_if_there(source, target):
        try:
            shutil.copy2(source, target)
        except FileNotFoundError:
            pass  # deleted just now: an unfinished or left-over file

    def test_other_options_or_another_input_are_refused(self):
        self.resume()
        out = self.write("out", b"an earlier result")
        for options, says in (
                (["--order", 5, *self.arguments], "there: order 6; now: order 5"),
                (["--min-count", 3, *self.arguments], "min_count"),
                (["--method", "exact", *self.arguments], "method"),
                (["--field", "body", *self.arguments], "field"),
                (["--vocab-size", 700, OWN_CORPUS], "another input")):
            self.fails("train", *options, "--work-dir", self.work, "-o", out, says=says)
        self.corpus.write_bytes(self.corpus.read_bytes() + b'{"text": "more"}\n')
        self.fails("train", *self.arguments, "--work-dir", self.work, "-o", out,
                   says=f"{self.corpus}")
        self.fails("train", "--work-dir", self.folder / "w", "-o", out, code=2, stdin=b"text",
                   says="--work-dir needs inputs that can be read again")
        self.write("mine/a.txt", b"hi")
        self.fails("train", *self.arguments, "--work-dir", self.folder / "mine", "-o", out,
                   says="holds something else (a.txt)")
        # What concerns the last stage alone may change.
        self.write("corpus.jsonl", self.corpus.read_bytes()[:-len(b'{"text": "more"}\n')])
        code, _, err = run("train", "--vocab-size", 400, self.corpus, "--work-dir", self.work, "-o",
                           self.folder / "smaller")
        self.assertEqual(code, 0, err)

    def test_interrupted_says_that_it_goes_on(self):
        process = start("train", *self.arguments, "--progress", "--work-dir", self.work, "-o",
                        self.folder / "model")
        while not (self.work / "lock").exists():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        if process.returncode != 0:
            self.assertEqual(process.returncode, -signal.SIGINT)
            self.assertIn(b"The same command goes on", err)
        self.assertEqual(self.resume(), self.expected)


class ChangedInputsTest(CliTest):

    def setUp(self):
        super().setUp()
        lines = OWN_CORPUS.read_bytes().splitlines(keepends=True)
        self.content = b"".join(lines[:300])
        self.corpus = self.write("corpus.jsonl", self.content)
        self.last = self.write("last.txt", b"the last input\n")
        self.arguments = ["--vocab-size", 400, self.corpus, self.last]

    def start_until(self, written, *options):
        """A run that has written down so much that written(its stage) is true."""
        state = self.folder / "work" / "state"
        process = start("train", *self.arguments, "--work-dir", state.parent, "--checkpoint-every", 0,
                        "-o", self.folder / "m", *options)
        while process.poll() is None:
            if state.exists() and written(int(state.read_bytes().split(b"\n")[1])):
                break
            time.sleep(0.001)
        return process

    def test_the_same_names_and_sizes_with_other_content(self):
        """In a run cut short, then in one that is done."""
        changed = self.content[:20] + self.content[20:].replace(b"o", b"u", 1)
        for method in ("grow", "exact"):
            options = ["--method", method, "--work-dir", self.folder / "work"]
            expected = self.ok("train", "--method", method, *self.arguments, "-o", "-")
            process = self.start_until(lambda stage: True, "--method", method)
            process.kill()
            process.communicate()
            for _ in range(2):
                self.corpus.write_bytes(changed)
                self.fails("train", *self.arguments, *options, "-o", self.folder / "n",
                           says=f"{self.corpus} has changed since this training first read it")
                self.corpus.write_bytes(self.content)
                self.assertEqual(self.ok("train", *self.arguments, *options, "-o", "-"), expected)
            shutil.rmtree(self.folder / "work")

    def test_an_input_that_changes_between_the_readings_of_one_run(self):
        process = self.start_until(lambda stage: stage > 0)
        self.write("last.txt", b"another input!\n")
        _, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"{self.last} has changed since this training first read it", err.decode())
        self.assertFalse((self.folder / "m").exists())

    def test_a_work_folder_of_an_earlier_version(self):
        self.ok("train", *self.arguments, "--work-dir", self.folder / "work", "-o", "-")
        state = self.folder / "work" / "state"
        state.write_bytes(state.read_bytes().replace(b"bytepiece-work 3", b"bytepiece-work 2"))
        self.fails("train", *self.arguments, "--work-dir", self.folder / "work", "-o",
                   self.folder / "m", says="is of an earlier version, which did not write down what")
