#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The last part of ./quickstart --lm: trains the tiny reference model on the corpus and
vocabulary that tour.py left, measures it on the held-out text, and lets it write.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / "build/release/lm_cli/bytepiece-lm"
FOLDER = HERE / "quickstart"
MAX_TOKENS = "60"
PROMPTS = ("The ", "The name of", "To read the docum")
# LibTorch's threads wait for each other more than they work on a model this small.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def run(*arguments, **options):
    result = subprocess.run([PROGRAM, *arguments, "--threads", "1"], env=ENVIRONMENT, **options)
    if result.returncode != 0:
        sys.exit(f"quickstart: 'bytepiece-lm {arguments[0]}' failed")
    return result.stdout


def main():
    model = FOLDER / "run"
    shutil.rmtree(model, ignore_errors=True)
    print("\nA language model on these tokens: one to two minutes on an idle core, and it says "
          "what is left", flush=True)
    run("train", "--tokenizer", FOLDER / "my.model", "--config", "tiny", "--train",
        FOLDER / "train.txt", "--validation", FOLDER / "held_out.txt", "--output", model)
    run("eval", "--model", model, FOLDER / "held_out.txt")
    for prompt in PROMPTS:
        print(f"\n--- written after {prompt!r}:", flush=True)
        run("generate", "--model", model, "--temperature", "0.7", "--top-p", "0.95",
            "--max-tokens", MAX_TOKENS, "--seed", "1", "--method", "exact", prompt)
    print("\nWhat follows the last prompt, which ends inside a word, by each method:", flush=True)
    run("continuation", "--model", model, "--interactive", "--methods",
        "naive,back-off-1,exact", input=PROMPTS[-1].encode() + b"\n")
    print(f"The model is {os.path.relpath(model)}; the program is {os.path.relpath(PROGRAM)}")


if __name__ == "__main__":
    main()
