# SPDX-License-Identifier: Apache-2.0
"""Trains one peer for bench/training_peers, with the peer's package on PYTHONPATH.

training_peer_worker.py sentencepiece|reference CORPUS MODEL VOCAB_SIZE MIN_COUNT WORKERS
"""
import json
import sys


class Documents:
    """The texts of a JSON Lines file, as often as they are asked for."""

    def __init__(self, path):
        self.path = path

    def __iter__(self):
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["text"]


def train_reference(documents, model, vocab_size, min_count, workers):
    from bytepiece import Trainer
    trainer = Trainer(order=6, max_vocab_size=vocab_size, min_count=min_count)
    trainer.train(documents, workers=workers, batch_size=1000)
    trainer.save(model)


def train_sentencepiece(documents, model, vocab_size, min_count, workers):
    """As bench/peer_models.py; it knows no min_count."""
    import sentencepiece
    lines = (line for text in documents for line in text.split("\n") if line)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_prefix=model, model_type="unigram", vocab_size=vocab_size,
        byte_fallback=True, normalization_rule_name="identity", add_dummy_prefix=False,
        remove_extra_whitespaces=False, max_sentence_length=16384, num_threads=workers,
        minloglevel=1)


def main():
    name, corpus, model, *numbers = sys.argv[1:]
    train = {"sentencepiece": train_sentencepiece, "reference": train_reference}[name]
    train(Documents(corpus), model, *map(int, numbers))


if __name__ == "__main__":
    main()
