#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A language model that answers BytePiece's line protocol: copy it for a model of your own.

usage: token_model.py IDS --vocab-size N

IDS is a text file of token ids, a document a line, each with the id of <bos> first. The
model counts which id follows which (a bigram model); yours, a neural network say, would
replace the class. The protocol is one JSON object a line, on standard input and output:

  at the start, we write  {"vocab_size": 12, "name": "bigrams of ids.txt"}
  for each line we read   {"contexts": [[1, 5, 7], [1]]}
  we write one line       {"log_probabilities": [[-2.1, ...], [-0.3, ...]]}
  or what went wrong      {"error": "token id 99 is not in [0, 12)"}

with one row for each context: the natural logarithm of p(next token = id | context) for
all vocab_size ids, null for probability 0 (JSON has no -Infinity). Contexts begin with
<bos> and may be many: put them through your model as one batch. Many contexts of a request
begin like some of an earlier one, so keeping states of recent contexts saves most of the
work. When standard input ends, we end.
"""
import argparse
import collections
import json
import math
import sys


class Bigrams:
    """p(b | a) = (count(a b) + p(b)) / (count(a) + 1), p(b) = (count(b) + 1) / (total + N)."""

    def __init__(self, documents, vocab_size):
        self.vocab_size = vocab_size
        self.singles = collections.Counter()
        self.pairs = collections.defaultdict(collections.Counter)
        for document in documents:
            self.check(document)
            self.singles.update(document)
            for a, b in zip(document, document[1:]):
                self.pairs[a][b] += 1

    def check(self, ids):
        for i in ids:
            if not 0 <= i < self.vocab_size:
                raise ValueError(f"token id {i} is not in [0, {self.vocab_size})")

    def log_probabilities(self, context):
        self.check(context)
        following = self.pairs[context[-1]]
        total = sum(self.singles.values()) + self.vocab_size
        return [math.log((following[b] + (self.singles[b] + 1) / total)
                         / (sum(following.values()) + 1))
                for b in range(self.vocab_size)]


def say(answer):
    # Flushed, or the line stays in our buffer while the other side waits for it.
    print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(description="answers BytePiece's line protocol")
    parser.add_argument("ids", help="token ids, a document a line")
    parser.add_argument("--vocab-size", type=int, required=True)
    options = parser.parse_args()
    try:
        with open(options.ids) as lines:
            documents = [[int(word) for word in line.split()] for line in lines]
        model = Bigrams(documents, options.vocab_size)
    except (OSError, ValueError) as error:
        say({"error": str(error)})
        return 1
    say({"vocab_size": model.vocab_size, "name": f"bigrams of {options.ids}"})
    for line in sys.stdin:
        try:
            contexts = json.loads(line)["contexts"]
            say({"log_probabilities": [model.log_probabilities(c) for c in contexts]})
        except (ValueError, KeyError, IndexError) as error:
            say({"error": str(error)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
