# SPDX-License-Identifier: Apache-2.0
"""The commands that use a trained model, and those that need none."""
import json
import os
import pathlib

from lm_support import OWN_CORPUS, LmTest, run, start


class UseTest(LmTest):

    def test_eval(self):
        result = json.loads(self.ok("eval", "--model", self.model, "--json", OWN_CORPUS))
        self.assertEqual(result["step"], 6)
        self.assertEqual(result["length"], 32)
        self.assertGreater(result["bits_per_byte"], 1)
        texts = [json.loads(line)["text"] for line in OWN_CORPUS.read_text().splitlines()]
        self.assertGreater(result["bytes"], 0.9 * sum(len(t.encode()) for t in texts))
        other = json.loads(self.ok("eval", "--model", self.model / "checkpoint", "--json",
                                   "--length", 8, "--max-tokens", 200, OWN_CORPUS))
        self.assertLess(other["tokens"], 400)
        self.assertIn(b"bits per byte", self.ok("eval", "-m", self.model, OWN_CORPUS))

    def test_eval_reads_as_bytepiece_does(self):
        text = self.folder / "text"
        text.write_text("one line\nanother\n")
        tokens = lambda *options: json.loads(self.ok("eval", "--model", self.model, "--json",
                                                     *options, text))["tokens"]
        self.assertEqual(tokens("--document", "line"),
                         tokens("--document", "\\n"))
        self.assertNotEqual(tokens("--document", "line"), tokens())
        self.fails("eval", "--model", self.model, "--document", "\\q", text, code=2,
                   says="--document: unknown escape")
        text.write_text('{"body": "one line"}\n{"body": 3}\n')
        self.fails("eval", "--model", self.model, "--field", "body", text, says="text:2: ")
        code, _, err = run("eval", "--model", self.model, "--field", "body", "--on-bad-line", "skip",
                           text)
        self.assertEqual(code, 0)
        self.assertIn("left out as bad: 1; ", err)

    def test_other_positions_on_the_same_weights(self):
        def bits(*options, length=300):
            return json.loads(self.ok("eval", "--model", self.model, "--json", "--length", length,
                                      *options, OWN_CORPUS))["bits_per_byte"]

        config = json.loads((self.model / "config.json").read_text())
        same = self.folder / "same.json"
        same.write_text(json.dumps(config))
        self.assertEqual(bits("--config", same), bits())
        for layer in config["model"]["layers"]:
            layer["inference_positions"] = {"kind": "rerope", "window": 8}
        rerope = self.folder / "rerope.json"
        rerope.write_text(json.dumps(config))
        self.assertNotEqual(bits("--config", rerope), bits())
        # Within the window both are RoPE.
        self.assertAlmostEqual(bits("--config", rerope, length=8), bits(length=8), places=5)
        config["model"]["width"] = 32
        same.write_text(json.dumps(config))
        self.fails("eval", "--model", self.model, "--config", same, OWN_CORPUS, says="checkpoint")

    def test_unused_weights_are_named(self):
        deep = json.loads((self.model / "config.json").read_text())
        deep["model"]["layers"] *= 2
        path = self.folder / "deep.json"
        path.write_text(json.dumps(deep))
        self.ok("train", "--config", path, "--tokenizer", self.tokenizer, "--train", OWN_CORPUS,
                "--output", self.folder / "deep")
        evaluate = ("eval", "--model", self.folder / "deep", OWN_CORPUS)
        shallow = ("--config", self.model / "config.json")
        self.fails(*evaluate, *shallow, code=2, says="does not use: layer1.")
        self.assertIn(b"bits per byte", self.ok(*evaluate, *shallow, "--ignore-unused"))
        self.fails(*evaluate, "--ignore-unused", code=2, says="--config")

    def test_a_slow_blas_is_told_once(self):
        folders = [p.parent for p in pathlib.Path("/usr/lib").glob("*/blas/libblas.so.3")]
        if not folders:
            self.skipTest("the reference BLAS is not installed")
        evaluate = ("eval", "--model", self.model, "--max-tokens", 100, OWN_CORPUS)
        process = start(*evaluate, env=os.environ | {"LD_LIBRARY_PATH": str(folders[0])})
        _, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(err.count(b"the reference BLAS"), 1, err)
        self.assertIn(str(folders[0]).encode(), err)

    def test_generate(self):
        generate = ("generate", "--model", self.model, "--max-tokens", 30)
        one = self.ok(*generate, "--seed", 1, "Hello")
        self.assertTrue(one.startswith(b"Hello"))
        self.assertEqual(one, self.ok(*generate, "--seed", 1, "Hello"))
        self.assertNotEqual(one, self.ok(*generate, "--seed", 2, "Hello"))
        greedy = self.ok(*generate, "--temperature", 0, "Hello")
        self.assertEqual(greedy, self.ok(*generate, "--top-k", 1, "--seed", 9, "Hello"))
        self.assertEqual(greedy, self.ok(*generate, "--top-p", 0, "Hello"))
        several = self.ok(*generate, "--samples", 3, "")
        self.assertEqual(several.count(b"\n---\n"), 2)

    def test_attention_scale(self):
        rows = [json.loads(line) for line in
                self.ok("attention-scale", "--n", "40,1000", "--json").splitlines()]
        self.assertEqual([round(row["normal"], 3) for row in rows], [1.434, 2.142])
        printed = self.ok("attention-scale", "--n", "1000", "--trials", 5).decode()
        self.assertEqual(len(printed.splitlines()), 2)

    def test_kernel_error(self):
        arguments = ("kernel-error", "--size", "4,32", "--width", 4, "--clusters", 4)
        rows = [json.loads(line) for line in self.ok(*arguments, "--json").splitlines()]
        self.assertEqual({row["kernel"] for row in rows},
                         {"hard", "soft", "performer", "performer_equal_norm"})
        self.assertTrue(all(row["rms"] > 0 and row["clusters"] == 4 for row in rows))
        self.assertEqual(len(self.ok(*arguments).splitlines()), 9)

    def test_recurrence(self):
        rows = [json.loads(line) for line in
                self.ok("recurrence", "--length", 50, "--width", 4, "--sweeps", 50,
                        "--json").splitlines()]
        errors = {(row["solver"], row["sweeps"]): row["error"] for row in rows}
        for solver in ("perturbation", "first_order", "newton", "quasi_newton"):
            self.assertLess(errors[solver, 50], 1e-9)  # exact after as many sweeps as positions
            self.assertGreater(errors[solver, 1], 1e-3)
        self.assertLess(errors["newton", 6], errors["quasi_newton", 6])
        rows = [json.loads(line) for line in
                self.ok("recurrence", "--time", "--cell", "gru", "--length", "16,32", "--width", 4,
                        "--repeats", 1, "--json").splitlines()]
        self.assertEqual(len(rows), 10)
        self.assertTrue(all(row["us_per_position"] > 0 for row in rows))

    def test_bench(self):
        rows = [json.loads(line) for line in
                self.ok("bench", "--length", "16,32", "--width", 16, "--repeats", 1,
                        "--json").splitlines()]
        self.assertEqual({row["length"] for row in rows}, {16, 32})
        self.assertIn("window", {row["mixer"] for row in rows})
        self.assertTrue(all(row["forward_us_per_token"] > 0 for row in rows))
        rows = [json.loads(line) for line in
                self.ok("bench", "--length", "8", "--width", 16, "--repeats", 1, "--mixer",
                        "vq,performer", "--json").splitlines()]
        self.assertEqual([row["mixer"] for row in rows], ["vq", "performer"])

    def test_what_cannot_be_is_refused(self):
        missing = self.folder / "none"
        self.fails("eval", "--model", missing, OWN_CORPUS, says=str(missing))
        self.fails("eval", "--model", OWN_CORPUS, OWN_CORPUS, says="not a checkpoint")
        self.fails("eval", "--model", self.model, missing, says=str(missing))
        self.fails("generate", "--model", missing, "x", says=str(missing))
        self.fails("generate", "--model", self.model, "--top-p", "2", "x", code=2, says="--top-p")
        self.fails("generate", "--model", self.model, code=2, says="prompt is required")
        self.fails("attention-scale", "--n", "1", code=2, says="--n")
        self.fails("kernel-error", "--size", "0", code=2, says="--size")
        self.fails("bench", "--mixer", "magic", code=2, says="--mixer")
        self.fails("bench", "--width", "6", code=2, says="multiple of 4 heads")
        self.fails("dance", code=2, says="dance")

    def test_help(self):
        code, out, _ = run("--help")
        self.assertEqual(code, 0)
        for command in ("train", "eval", "generate", "continuation", "extrapolation",
                        "attention-scale", "kernel-error", "recurrence", "bench"):
            self.assertIn(command.encode(), out)
            self.assertIn(b"Example", self.ok(command, "--help"))
            self.assertEqual(self.ok("help", command), self.ok(command, "--help"))
            self.assertIn(b".SH OPTIONS", self.ok("man", command))
            self.assertIn(command.encode(), self.ok("completion", "bash"))
        self.assertRegex(self.ok("--version"), rb"^bytepiece-lm \d")
        self.assertEqual(self.ok("version"), self.ok("--version"))
        self.fails("evla", code=2, says="unknown command evla; did you mean eval?")
        self.fails("train", "--valdation", "x", code=2, says="did you mean --validation?")
