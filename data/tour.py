#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The second half of ./quickstart: trains on a corpus, shows what came of it.

usage: tour.py [--color] [FILE...]
    FILE: text or JSON Lines (field "text"), also .gz, .zst, .xz or .bz2; none: Debian's
    documentation (gather_corpus). --color: also where the output is no terminal.
"""

import argparse
import bz2
import gzip
import json
import lzma
import os
import pathlib
import subprocess
import sys
import time
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / "build/release/cli/bytepiece"
FOLDER = HERE / "quickstart"
VOCAB_SIZE = 8000
BLOCK_BYTES = 8192  # the unit of holding out
HOLD_OUT_EVERY = 10
SHOWN_LINES = 6
SHOWN_BYTES = (60, 160)  # length of a line worth showing
OPEN_BY_SUFFIX = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
SENTENCE_ENDS = (".", "!", "?", ":", "。", "！", "？", "：")


def fail(message):
    sys.exit(f"quickstart: {message}")


def run(arguments, **options):
    """Runs the program; returns (seconds, peak memory in bytes)."""
    start = time.monotonic()
    process = subprocess.Popen([PROGRAM, *arguments], stderr=subprocess.PIPE, **options)
    errors = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        fail(f"'bytepiece {arguments[0]}' failed: {errors.strip()}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def output_of(arguments, text):
    result = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True)
    if result.returncode != 0:
        fail(f"'bytepiece {arguments[0]}' failed: {result.stderr.decode().strip()}")
    return result.stdout.decode("utf-8", "replace")


def unpacked_lines(path, suffix):
    try:
        if suffix != ".zst":
            with OPEN_BY_SUFFIX.get(suffix, open)(path, "rb") as file:
                yield from file
            return
        with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE) as process:
            yield from process.stdout
    except (OSError, EOFError, lzma.LZMAError) as error:
        fail(f"{path}: {error}")
    if process.returncode != 0:
        fail(f"{path}: zstd cannot unpack it")


def read_lines(path):
    """The lines of a file as bytes, newlines kept; of its texts if it is JSON Lines."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    is_json = ".jsonl" in suffixes or ".json" in suffixes
    for number, line in enumerate(unpacked_lines(path, "".join(suffixes[-1:])), 1):
        if number == 1 and b"\0" in line:
            fail(f"{path}: has NUL bytes in its first line, so it is neither UTF-8 text nor JSON "
                 "Lines")
        if not is_json:
            yield line
            continue
        try:
            text = json.loads(line)["text"].encode("utf-8", "surrogatepass")
        except (ValueError, KeyError, TypeError, AttributeError):
            fail(f"{path}:{number}: not a JSON object with a string \"text\"")
        yield text if text.endswith(b"\n") else text + b"\n"


def split_corpus(paths, train_path, held_out_path):
    """Writes blocks of whole lines, every tenth to held_out_path; the bytes of each."""
    sizes = [0, 0]
    with open(train_path, "wb") as train, open(held_out_path, "wb") as held_out:
        for path in paths:
            block, blocks = bytearray(), 0
            for line in read_lines(path):
                block += line
                if len(block) >= BLOCK_BYTES:
                    is_held_out = blocks % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1
                    (held_out if is_held_out else train).write(block)
                    sizes[is_held_out] += len(block)
                    block, blocks = bytearray(), blocks + 1
            train.write(block)
            sizes[0] += len(block)
    return sizes


def lines_to_show(path):
    """Some lines of running text, spread over the file."""
    lines = [line for line in path.read_bytes().split(b"\n")
             if SHOWN_BYTES[0] <= len(line) <= SHOWN_BYTES[1]]
    sentences = [line for line in lines
                 if line.decode("utf-8", "replace").endswith(SENTENCE_ENDS)]
    lines = sentences if len(sentences) >= SHOWN_LINES else lines
    step = max(1, len(lines) // SHOWN_LINES)
    return lines[step // 2::step][:SHOWN_LINES]


def paint(pieces, color):
    """Pieces side by side: on alternating backgrounds, or with bars between them."""
    if not color:
        return "|".join(pieces)
    shades = ["\x1b[48;5;24m\x1b[97m", "\x1b[48;5;58m\x1b[97m"]
    return "".join(shades[i % 2] + piece for i, piece in enumerate(pieces)) + "\x1b[0m"


def show(command, lines, color):
    """Runs encode or sample on each line, and prints its pieces."""
    options = ["--document", "line", "--format", "pieces"]
    for pieces in output_of([*command, *options, "-"], b"\n".join(lines)).splitlines():
        print("  " + paint(pieces.split("\t"), color))


def compare(path, decoded_path):
    original, decoded = path.read_bytes(), decoded_path.read_bytes()
    if original == decoded:
        return "the same bytes"
    text = original.decode("utf-8", "surrogateescape")
    if unicodedata.normalize("NFC", text) == decoded.decode("utf-8", "surrogateescape"):
        return "the same text, normalised (NFC)"
    fail(f"{decoded_path} differs from {path}")


def row(label, text, color):
    print(f"\x1b[1m{label:<9}\x1b[0m {text}" if color else f"{label:<9} {text}", flush=True)


def megabytes(size):
    return f"{size / 1e6:.1f} MB"


def corpus_paths(files):
    if files:
        for path in files:
            if not path.is_file():
                fail(f"{path}: no such file")
        return files
    gathered = subprocess.run([HERE / "gather_corpus", FOLDER], stdout=subprocess.PIPE, text=True)
    if gathered.returncode != 0:
        sys.exit(gathered.returncode)
    return [pathlib.Path(line) for line in gathered.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(prog="quickstart", add_help=False)
    parser.add_argument("--color", action="store_true", default=sys.stdout.isatty())
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    color = options.color
    FOLDER.mkdir(exist_ok=True)
    train_text, held_out = FOLDER / "train.txt", FOLDER / "held_out.txt"
    model, ids, decoded = FOLDER / "my.model", FOLDER / "held_out.bin", FOLDER / "decoded.txt"

    paths = corpus_paths(options.files)
    train_size, held_out_size = split_corpus(paths, train_text, held_out)
    if held_out_size == 0:
        fail(f"the corpus has {train_size} bytes; {HOLD_OUT_EVERY * BLOCK_BYTES} or more are "
             "needed to hold some out: give more or longer files")
    row("corpus", f"{megabytes(train_size)} to train on, {megabytes(held_out_size)} held out, "
        + (", ".join(path.name for path in paths) if len(paths) <= 3 else f"{len(paths)} texts"),
        color)

    seconds, memory = run(["train", "--vocab-size", str(VOCAB_SIZE), "--output", model,
                           train_text])
    row("train", f"a vocabulary of {VOCAB_SIZE} in {seconds:.1f} s, "
        f"peak memory {megabytes(memory)}", color)

    seconds, memory = run(["encode", "--model", model, "--output", ids, held_out])
    tokens = ids.stat().st_size // 2  # uint16: the vocabulary is smaller than 65536
    row("encode", f"{megabytes(held_out_size)} into {tokens} tokens in {seconds:.2f} s, "
        f"peak memory {megabytes(memory)}: {held_out_size / tokens:.2f} bytes per token", color)

    seconds, _ = run(["decode", "--model", model, "--output", decoded, ids])
    row("decode", f"{compare(held_out, decoded)} in {seconds:.2f} s", color)

    lines = lines_to_show(held_out)
    print()
    row("segmented", "lines of the held-out text", color)
    show(["encode", "--model", model], lines, color)
    row("sampled", "one of them at random, seeds 1 to 4 (bytepiece sample --alpha 0.2)", color)
    for seed in range(1, 5):
        show(["sample", "--model", model, "--alpha", "0.2", "--seed", str(seed)],
             lines[len(lines) // 2:][:1], color)
    print(f"\nThe model is {os.path.relpath(model)}; the program, which explains itself with "
          f"--help, is\n{os.path.relpath(PROGRAM)}")


if __name__ == "__main__":
    main()
