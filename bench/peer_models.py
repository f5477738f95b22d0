# SPDX-License-Identifier: Apache-2.0
"""The models of the peers that bench/peers measures, made once and kept.

SentencePiece and byte-pair encoding have vocabularies of their own, 50000 tokens trained on
a mixture of the training corpora (zh:en:code:multi = 3:5:0.5:1 by bytes); HuggingFace's
Unigram gets the 80k model that BytePiece runs with, by bytepiece convert. Run as a program,
with the peer's package on PYTHONPATH: peer_models.py NAME DATA_FOLDER SHARED_FOLDER, NAME being
sentencepiece, bpe or huggingface.
"""
import base64
import json
import pathlib
import subprocess
import sys

BINARY = pathlib.Path(__file__).resolve().parent.parent / "build/release/cli/bytepiece"
VOCAB_SIZE = 50000
MIXTURE = {"zh": 3, "en": 5, "code": 0.5, "multi": 1}
MIXTURE_BYTES = 30_000_000


def mixture(data, shared):
    """The training documents of all corpora, each up to its share, in one list."""
    documents = []
    for name, share in MIXTURE.items():
        budget = MIXTURE_BYTES * share / sum(MIXTURE.values())
        unpacked = subprocess.run(["zstd", "-dc", shared / f"corpora/{name}.train.jsonl.zst"],
                                  check=True, capture_output=True).stdout
        for line in unpacked.splitlines():
            text = json.loads(line)["text"]
            budget -= len(text.encode())
            if budget < 0:
                break
            documents.append(text)
    return documents


def make_sentencepiece(data, shared):
    """Settings under which decoding gives the line back; the rest is its default."""
    import sentencepiece
    lines = (line for text in mixture(data, shared) for line in text.split("\n") if line)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_prefix=str(data / "sentencepiece"), model_type="unigram",
        vocab_size=VOCAB_SIZE, byte_fallback=True, normalization_rule_name="identity",
        add_dummy_prefix=False, remove_extra_whitespaces=False, max_sentence_length=16384,
        num_threads=2, minloglevel=1)


def byte_alphabet():
    """GPT-2's: a printable character for each byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable},
            **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def make_bpe(data, shared):
    """GPT-2's scheme: its regular expression, then merges over bytes. Also as ranks."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB_SIZE, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(mixture(data, shared), trainer)
    tokenizer.save(str(data / "bpe.json"))
    byte_of = {char: byte for byte, char in byte_alphabet().items()}
    ranks = sorted((rank, bytes(byte_of[char] for char in token))
                   for token, rank in tokenizer.get_vocab().items())
    with open(data / "bpe.tiktoken", "wb") as file:
        for rank, token in ranks:
            file.write(base64.b64encode(token) + b" %d\n" % rank)


def make_huggingface(data, shared):
    """The 80k model with whole scores, in a form whose ids are ours."""
    for target in ("huggingface", "huggingface-js"):
        subprocess.run([BINARY, "convert", "--to", target, "-o", data / f"80k-{target}",
                        data / "80k-whole.model"], check=True, capture_output=True)


if __name__ == "__main__":
    MAKERS = {"sentencepiece": make_sentencepiece, "bpe": make_bpe,
              "huggingface": make_huggingface}
    MAKERS[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
