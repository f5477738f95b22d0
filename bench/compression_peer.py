# SPDX-License-Identifier: Apache-2.0
"""A peer of bench/compression: trains on one file of JSON Lines and measures others.

    compression_peer.py PEER TRAINING VOCABULARY_SIZE MEASURED...

Prints a JSON object: bytes per token of each measured file, vocabulary, CPU seconds of
training. Ends with an error if a text does not come back from its tokens.

sp-*          SentencePiece, bytes where it knows no character, nothing normalised or added;
              nosplit: pieces may cross spaces, scripts, digits, and be white space alone
hf-bpe        HuggingFace byte-level BPE with GPT-2's regular expression
hf-bpe-lines  the same, pieces bounded by the end of the line alone
gigatoken     gigatoken's trainer, with GPT-2's regular expression; encoded as hf-bpe is
"""
import io
import json
import sys
import time

NO_SPLIT = {"split_by_whitespace": False, "split_by_unicode_script": False,
            "split_by_number": False, "allow_whitespace_only_pieces": True}


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


class SentencePiece:

    def __init__(self, peer, texts, size):
        import sentencepiece
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=model, vocab_size=size,
            model_type="bpe" if "bpe" in peer else "unigram", byte_fallback=True,
            normalization_rule_name="identity", add_dummy_prefix=False,
            remove_extra_whitespaces=False, max_sentence_length=10_000_000, num_threads=1,
            hard_vocab_limit=False, minloglevel=2, **(NO_SPLIT if "nosplit" in peer else {}))
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        self.vocabulary = self.processor.vocab_size()

    def encode(self, texts):
        return self.processor.encode(texts)

    def decode(self, ids):
        return self.processor.decode(ids)


class HuggingFace:

    def __init__(self, peer, texts, size):
        from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
        self.tokenizer = Tokenizer(models.BPE())
        if peer == "hf-bpe":
            splitter = pre_tokenizers.ByteLevel(add_prefix_space=False)
        else:
            splitter = pre_tokenizers.Sequence([
                pre_tokenizers.Split(Regex(r"[^\n]*\n+|[^\n]+"), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        self.tokenizer.pre_tokenizer = splitter
        self.tokenizer.decoder = decoders.ByteLevel()
        self.tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=size, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        self.vocabulary = self.tokenizer.get_vocab_size()

    def encode(self, texts):
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]

    def decode(self, ids):
        return self.tokenizer.decode(ids)


def byte_characters():
    """What byte-level BPE writes each byte as: itself if it is printed, else from 256 on."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {
        byte: chr(256 + i) for i, byte in enumerate(others)}


class GigaToken(HuggingFace):

    def __init__(self, peer, texts, size):
        import gigatoken
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        separator = b"\0"
        joined = separator.join(text.encode() for text in texts)
        vocabulary, merges = gigatoken.train_bpe(joined, size, [], separator=separator)
        characters = byte_characters()

        def written(piece):
            return "".join(characters[byte] for byte in piece)

        self.tokenizer = Tokenizer(models.BPE(
            vocab={written(piece): number for number, piece in vocabulary.items()},
            merges=[(written(left), written(right)) for left, right in merges]))
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.tokenizer.decoder = decoders.ByteLevel()
        self.vocabulary = self.tokenizer.get_vocab_size()


KINDS = {"sp": SentencePiece, "hf": HuggingFace, "gigatoken": GigaToken}


def main():
    peer, training, size, *measured = sys.argv[1:]
    texts = read(training)
    start = time.process_time()
    tokenizer = KINDS[peer.split("-")[0]](peer, texts, int(size))
    seconds = time.process_time() - start
    bytes_per_token = []
    for path in measured:
        texts = read(path)
        ids = tokenizer.encode(texts)
        for text, of_text in zip(texts, ids, strict=True):
            if tokenizer.decode(of_text) != text:
                sys.exit(f"{peer} does not give back: {text[:60]!r}")
        bytes_per_token.append(sum(len(text.encode()) for text in texts) / sum(map(len, ids)))
    print(json.dumps({"bytes_per_token": bytes_per_token, "vocabulary": tokenizer.vocabulary,
                      "seconds": seconds}))


if __name__ == "__main__":
    main()
