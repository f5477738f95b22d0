# SPDX-License-Identifier: Apache-2.0
"""The texts that bench/parity compares runtimes on: the corpora, and what is awkward.

Awkward texts are the same on every run. {kind: [bytes of a text]}
"""
import json
import random
import subprocess
import unicodedata

CORPORA = ("zh", "en", "code", "multi")


def corpus(shared, name, size):
    """The first documents of a corpus, so many that they have `size` bytes or all of them do."""
    packed = [shared / f"corpora/{name}.{part}.jsonl.zst" for part in ("dev", "train")]
    texts, total = [], 0
    for path in packed:
        lines = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
        for line in lines.splitlines():
            if total >= size:
                return texts
            texts.append(json.loads(line)["text"].encode())
            total += len(texts[-1])
    return texts


def is_scalar(code_point):
    return not 0xD800 <= code_point < 0xE000


def code_points():
    """Every character once, by the thousand; and each with a letter before and a mark after it, but
    for the planes that hold no characters."""
    texts = []
    for begin in range(0, 0x110000, 1000):
        characters = [chr(c) for c in range(begin, min(begin + 1000, 0x110000)) if is_scalar(c)]
        texts.append("".join(characters))
        if begin < 0x20000:
            texts.append("".join(f"a{c}\u0301 " for c in characters))
    return texts


def combining_marks(random_numbers):
    marks = [chr(c) for c in range(0x110000) if is_scalar(c) and unicodedata.combining(chr(c))]
    letters = "aeonAÅǻαω가한の\u09c7\u0915\u1100\u1161 \n"
    return ["".join(random_numbers.choice(letters) + "".join(random_numbers.choices(
        marks, k=random_numbers.randrange(4))) for _ in range(3)) for _ in range(10000)]


def jamo(random_numbers):
    """Syllables by their letters, whole and not, old letters among them."""
    parts = [range(0x1100, 0x1160), range(0x1160, 0x11A8), range(0x11A8, 0x1200),
             range(0xAC00, 0xD7A4), range(0xA960, 0xA97D), range(0xD7B0, 0xD7FC), range(0x3131, 0x318F)]
    return ["".join(chr(random_numbers.choice(random_numbers.choice(parts))) for _ in range(100))
            for _ in range(500)]


def look_alikes(names):
    """What some library takes for something else, in text."""
    words = ["<0x41>", "<0x0A>", "<0x00>", "<unk>", "<s>", "</s>", "<unused 5>", "▁", "▁the", "Ġthe",
             "Ċ", "Ā", "<|endoftext|>", "[UNK]", "<reserved_0>", "\ufeff", "\ufffd", "\ufffe",
             "\u2028", "\u2029", "\x85", "\u200d", "\x7f", "\0", "\0\0a\0", "\r\n", "\r", "\x1a",
             *names]
    texts = []
    for word in words:
        texts += [word, f"a{word}b", f"{word}{word}", f" {word} ", f"\n{word}\n", word[:-1],
                  f"{word[:-1]} {word[-1:]}"]
    return texts + ["", "\u0316\u0c3c", "a \u0316\u0c3c", "👨\u200d👩\u200d👧", "e\u0301\u0302", "\u1e9b\u0323"]


def repeats():
    return [unit * (20000 // len(unit)) for unit in
            ("a", "\n", " ", "\0", "ab", "中", "é", "e\u0301", "\u0301", "가", "😀", "\n\n\na", "<0x41>", "▁",
             "of the ", "0123456789", "    return\n")]


def of_pieces(pieces, random_numbers):
    """Pieces in any order, where many segmentations are nearly as good: without lines, which makes
    long sums, and with some."""
    whole = [piece for piece in pieces if b"\n" not in piece]
    texts = [b"".join(random_numbers.choices(whole, k=300)) for _ in range(1000)]
    texts += [b"".join(random_numbers.choices(pieces, k=300)) for _ in range(1000)]
    texts.append(b"".join(random_numbers.choices(whole, k=60000)))
    return [text.decode("utf-8", "ignore").encode() for text in texts]


def broken(pieces, random_numbers):
    """Not UTF-8: every byte of those that are no character alone, and between letters; pieces and
    characters cut anywhere; random bytes."""
    high = range(0x80, 0x100)
    texts = [bytes([b]) for b in high] + [b"a" + bytes([b]) + b"b" for b in high]
    texts += [bytes([a, b]) for a in high for b in high]
    texts += [b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xf0\x82\x82\xac"]
    texts += [random_numbers.randbytes(200) for _ in range(300)]
    for _ in range(300):
        text = b"".join(random_numbers.choices(pieces, k=30))
        begin = random_numbers.randrange(10)
        texts.append(text[begin:-1 - random_numbers.randrange(10)])
    return [text for text in texts if not is_utf8(text)]


def is_utf8(text):
    try:
        text.decode()
        return True
    except UnicodeDecodeError:
        return False


def awkward(pieces, names):
    """`pieces`: bytes of the model's; `names`: of its special tokens."""
    random_numbers = random.Random(20261201)
    texts = {"code points": code_points(), "combining marks": combining_marks(random_numbers),
             "jamo": jamo(random_numbers), "look-alikes": look_alikes(names), "repeats": repeats(),
             "bytes below 0x80": [chr(a) + chr(b) for a in range(128) for b in range(128)]}
    texts = {kind: [text.encode() for text in those] for kind, those in texts.items()}
    texts["pieces at random"] = of_pieces(pieces, random_numbers)
    texts["broken UTF-8"] = broken(pieces, random_numbers)
    return texts
