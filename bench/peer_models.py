# SPDX-License-Identifier: Apache-2.0
"""The models of the peers that bench/peers measures, made once and kept.

SentencePiece and byte-pair encoding have vocabularies of their own, 50000 tokens trained on
a mixture of the training corpora (zh:en:code:multi = 3:5:0.5:1 by bytes); HuggingFace's
Unigram gets the 80k model that BytePiece runs with. Run as a program, with the peer's
package on PYTHONPATH: peer_models.py sentencepiece|bpe|huggingface DATA_FOLDER SHARED_FOLDER
"""
import base64
import json
import math
import pathlib
import subprocess
import sys

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
    """The 80k model, in a form whose ids are ours: chunks after newline runs, then bytes."""
    char_of = byte_alphabet()
    pieces = json.loads((data / "80k.json").read_bytes())
    log_total = math.log(sum(count for _, _, count in pieces.values()))
    vocab = [[f"<control {i}>", -1e9] for i in range(3)]
    for key, (token_id, _, count) in sorted(pieces.items(), key=lambda item: item[1][0]):
        assert token_id == len(vocab), "the ids of the 80k model have a gap"
        piece = "".join(char_of[byte] for byte in base64.b64decode(key))
        vocab.append([piece, math.log(count) - log_total])
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                  "use_regex": False}
    chunks = {"type": "Split", "pattern": {"Regex": r"[^\n]*\n+|[^\n]+"}, "behavior": "Isolated",
              "invert": False}
    (data / "huggingface.json").write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [chunks, byte_level]},
        "post_processor": None, "decoder": byte_level,
        "model": {"type": "Unigram", "unk_id": None, "vocab": vocab, "byte_fallback": False}}))


if __name__ == "__main__":
    MAKERS = {"sentencepiece": make_sentencepiece, "bpe": make_bpe,
              "huggingface": make_huggingface}
    MAKERS[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
