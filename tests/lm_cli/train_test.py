# SPDX-License-Identifier: Apache-2.0
"""bytepiece-lm train: runs, resumes, refuses."""
import gzip
import json
import signal
import subprocess
import time

from lm_support import BYTEPIECE, CONFIG, OWN_CORPUS, LmTest, read_log, run, start


class TrainTest(LmTest):

    def train(self, name, *more):
        return ("train", "--config", self.config, "--tokenizer", self.tokenizer, "--train",
                OWN_CORPUS, "--output", self.folder / name, *more)

    def resume(self, name, *more):
        return ("train", "--resume", "--train", OWN_CORPUS, "--output", self.folder / name, *more)

    def test_a_run_leaves_checkpoint_log_and_configuration(self):
        self.ok(*self.train("run", "--validation", OWN_CORPUS))
        self.assertEqual(sorted(p.name for p in (self.folder / "run").iterdir()),
                         ["checkpoint", "config.json", "lock", "log.jsonl"])
        log = read_log(self.folder / "run/log.jsonl")
        self.assertEqual([line["step"] for line in log if "loss" in line], [1, 2, 3, 4, 5, 6])
        validations = [line["validation"] for line in log if "validation" in line]
        self.assertEqual(len(validations), 2)
        self.assertGreater(validations[0]["bits_per_byte"], validations[1]["bits_per_byte"])
        config = json.loads((self.folder / "run/config.json").read_text())
        self.assertEqual(config["training"]["steps"], 6)

    def test_what_is_refused_leaves_no_folder(self):
        image = self.folder / "image"
        image.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        train = ("train", "--config", self.config, "--output", self.folder / "run", "--train")
        self.fails(*train, image, "--tokenizer", self.tokenizer, says="is a PNG image, not text")
        self.assertFalse((self.folder / "run").exists())
        self.fails(*train, OWN_CORPUS, "--tokenizer", image,
                   says="is a PNG image, not a BytePiece model")
        self.assertFalse((self.folder / "run").exists())

    def test_the_same_run_gives_the_same_checkpoint(self):
        self.ok(*self.train("a"))
        self.ok(*self.train("b"))
        self.ok(*self.train("c", "--seed", 5))
        read = lambda name: (self.folder / name / "checkpoint").read_bytes()
        self.assertEqual(read("a"), read("b"))
        self.assertNotEqual(read("a"), read("c"))

    def test_ids_and_their_text_are_the_same_to_train_on(self):
        ids = self.folder / "ids.npy"
        subprocess.run([BYTEPIECE, "encode", "-m", self.tokenizer, "--eos", "--quiet", "-o", ids,
                        OWN_CORPUS], check=True, stderr=subprocess.DEVNULL)
        self.ok(*self.train("text"))
        arguments = [ids if a == OWN_CORPUS else a for a in self.train("ids")]
        self.ok(*arguments)
        losses = [[line["loss"] for line in read_log(self.folder / name / "log.jsonl")]
                  for name in ("text", "ids")]
        self.assertEqual(*losses)

    def test_text_is_read_as_bytepiece_reads_it(self):
        texts = [json.loads(line)["text"] for line in OWN_CORPUS.read_text().splitlines()]
        lines = [json.dumps({"meta": {"body": text}}) for text in texts]
        lines.insert(1, '{"meta": {"body": null}}')
        folder = self.folder / "in"
        folder.mkdir()
        (folder / "a.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
        self.ok(*self.train("plain"))
        arguments = [folder if a == OWN_CORPUS else a
                     for a in self.train("packed", "--field", "meta.body")]
        self.fails(*arguments, says='a.jsonl.gz:2: the field "meta.body" is null')
        code, _, err = run(*arguments, "--on-bad-line", "skip", "--quiet")
        self.assertEqual(code, 0, err)
        self.assertIn("left out as bad: 1; ", err)
        read = lambda name: (self.folder / name / "checkpoint").read_bytes()
        self.assertEqual(read("plain"), read("packed"))

    def test_what_is_read_is_never_written(self):
        out = self.folder / "run"
        out.mkdir()
        for name, what in (("log.jsonl", "the log"), ("config.json", "the configuration"),
                           ("checkpoint", "the checkpoint")):
            path = out / name
            path.write_bytes(OWN_CORPUS.read_bytes())
            arguments = [path if a == OWN_CORPUS else a for a in self.train("run")]
            self.fails(*arguments, "--input-format", "jsonl", code=2,
                       says=f"{what} {path} is an input")
            self.assertEqual(path.read_bytes(), OWN_CORPUS.read_bytes())
            path.unlink()
        link = out / "log.jsonl"
        link.symlink_to(self.folder / "text.jsonl")
        (self.folder / "text.jsonl").write_bytes(OWN_CORPUS.read_bytes())
        self.fails(*self.train("run", "--validation", self.folder / "*.jsonl"), code=2,
                   says="is an input")

    def test_interrupted_it_saves_and_resumes(self):
        self.ok(*self.train("through", "--steps", 150))
        process = start(*self.train("stopped", "--steps", 150))
        log = self.folder / "stopped/log.jsonl"
        while not (log.exists() and log.stat().st_size > 0):
            self.assertIsNone(process.poll(), "ended too early")
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGINT, err)
        self.assertIn(b"interrupted after step", err)
        done = read_log(log)[-1]["step"]
        self.assertLess(done, 150)
        self.ok(*self.resume("stopped"))
        self.assertEqual(read_log(log)[-1]["step"], 150)
        read = lambda name: (self.folder / name / "checkpoint").read_bytes()
        self.assertEqual(read("through"), read("stopped"))

    def test_a_finished_run_is_extended(self):
        self.ok(*self.train("run"))
        steps = lambda: [line["step"] for line in read_log(self.folder / "run/log.jsonl")]
        code, _, err = run(*self.resume("run"))
        self.assertEqual(code, 0)
        self.assertIn("all 6 steps are done; --resume --steps N", err)
        self.assertEqual(steps(), [1, 2, 3, 4, 5, 6])
        self.ok(*self.resume("run", "--steps", 9))
        self.assertEqual(steps(), [1, 2, 3, 4, 5, 6, 7, 8, 9])
        config = json.loads((self.folder / "run/config.json").read_text())
        self.assertEqual(config["training"]["steps"], 9)
        self.fails(*self.resume("run", "--steps", 8), code=2, says="is of step 9 already")

    def test_one_run_at_a_time_in_a_folder(self):
        process = start(*self.train("run", "--steps", 100000))
        log = self.folder / "run/log.jsonl"
        while not (log.exists() and log.stat().st_size > 0):
            self.assertIsNone(process.poll(), "ended too early")
            time.sleep(0.005)
        config = (self.folder / "run/config.json").read_bytes()
        self.fails(*self.train("run", "--seed", 3), says="run is in use by another run")
        while not (self.folder / "run/checkpoint").exists():
            time.sleep(0.005)
        self.fails(*self.resume("run"), says="run is in use by another run")
        self.assertEqual((self.folder / "run/config.json").read_bytes(), config)
        process.kill()
        process.communicate()
        self.ok(*self.resume("run", "--steps", read_log(log)[-1]["step"] + 1))

    def test_what_cannot_be_is_refused(self):
        usage = {"code": 2}
        self.fails("train", says="--tokenizer is needed", **usage)
        self.fails("train", "--tokenizer", self.tokenizer, says="--train is needed", **usage)
        self.fails("train", "--tokenizer", self.tokenizer, "--train", "x",
                   says="--output is needed", **usage)
        self.fails(*self.resume("none", "--seed", 1), says="--seed is settled by", **usage)
        self.fails(*self.resume("none"), says="none/checkpoint")
        self.fails(*self.train("run", "--device", "abacus"), says='no device "abacus"', **usage)
        self.fails(*self.train("run", "--steps", "0"), says="--steps", **usage)
        self.fails("train", "--config", "huge", "--print-config",
                   says="neither a file nor one of tiny, small, base", **usage)
        arguments = [self.folder / "none.txt" if a == OWN_CORPUS else a
                     for a in self.train("run")]
        self.fails(*arguments, says="none.txt")
        self.ok(*self.train("run2"))
        self.fails(*self.train("run2"), says="--resume goes on from it", **usage)

    def test_a_wrong_configuration_is_named(self):
        for change, says in (({"steps": -1}, "training.steps: -1"),
                             ({"speed": 1}, "training.speed: no such field")):
            path = self.folder / "bad.json"
            path.write_text(json.dumps(CONFIG | {"training": change}))
            self.fails("train", "--config", path, "--print-config", code=2, says=says)
        path.write_text("{")
        self.fails("train", "--config", path, "--print-config", code=2, says="not a JSON object")

    def test_print_config_prints_what_can_be_read(self):
        for name in ("tiny", "small", "base"):
            printed = self.ok("train", "--config", name, "--print-config")
            path = self.folder / "printed.json"
            path.write_bytes(printed)
            self.assertEqual(self.ok("train", "--config", path, "--print-config"), printed)
