# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python package share."""

import functools
import pathlib
import random
import warnings

import bytepiece_cpp

WOODCHUCK = ["how much wood would a woodchuck chuck", "if a woodchuck could chuck wood"]
ROOT = pathlib.Path(__file__).resolve().parents[2]


def train(*args, **options):
    """train, where a corpus too small for its vocabulary is no surprise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bytepiece_cpp.train(*args, **options)


@functools.cache
def woodchuck():
    """The tokenizer of the README."""
    return train(WOODCHUCK, vocab_size=300).tokenizer()


def sentences(count, seed=1):
    """Texts with words that repeat, of several scripts, reproducible."""
    rng = random.Random(seed)
    words = ["the", "wood", "chuck", "白云", "机场", "été", "naïve", "a", "of", "Größe", "\n", "1984",
             "привет", "tokenizer", "e\u0301", "\U0001f600"]
    return [" ".join(rng.choices(words, k=rng.randint(0, 30))) for _ in range(count)]


@functools.cache
def chat():
    """A tokenizer with special tokens, of several hundred pieces."""
    return train(sentences(300), vocab_size=400,
                 special_tokens=["<|user|>", "<|end|>"]).tokenizer()
