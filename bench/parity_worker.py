# SPDX-License-Identifier: Apache-2.0
"""One runtime of bench/parity in a process of its own: encodes a file of texts into one of ids.

usage: parity_worker.py RUNTIME MODEL TEXTS IDS

TEXTS is texts, each after its length in 4 bytes, little-endian; IDS becomes, for each text, the
number of its ids and the ids, 4 bytes each; REFUSED instead of a number where the runtime takes no
such text. Prints one line of JSON: versions, and seconds to load and to encode.
bench/parity_worker.mjs is the same for JavaScript.
"""
import json
import os
import struct
import sys
import time

REFUSED = 0xFFFFFFFF
BATCH_BYTES = 1 << 20


def read_texts(path):
    with open(path, "rb") as file:
        content = file.read()
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        yield content[at + 4:at + 4 + length]
        at += 4 + length


def batches(texts):
    """Lists of texts, some megabyte each."""
    batch, size = [], 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Tokenizers:
    """HuggingFace's tokenizers before 1.0."""
    plain = False  # whether the names of special tokens are text

    def __init__(self, model):
        import tokenizers
        self.versions = {"tokenizers": tokenizers.__version__}
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
        self.tokenizer.encode_special_tokens = self.plain

    def encode(self, texts):
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]


class Tokenizers1:
    plain = False

    def __init__(self, model):
        import tokenizers
        self.versions = {"tokenizers": tokenizers.__version__}
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(model, "tokenizer.json"))

    def encode(self, texts):
        return [list(encoding.ids) for encoding in
                self.tokenizer.encode_batch(texts, encode_special_tokens=self.plain)]


class Transformers:
    plain = False

    def __init__(self, model):
        import tokenizers
        import transformers
        self.versions = {"transformers": transformers.__version__,
                         "tokenizers": tokenizers.__version__}
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(model)

    def encode(self, texts):
        return self.tokenizer(texts, split_special_tokens=self.plain)["input_ids"]


class SentencePiece:
    takes_bytes = True

    def __init__(self, model):
        import sentencepiece
        self.versions = {"sentencepiece": sentencepiece.__version__}
        self.processor = sentencepiece.SentencePieceProcessor(model_file=model)

    def encode(self, texts):
        return self.processor.encode(texts, out_type=int, num_threads=1)


def plain(runtime):
    """The same, with the names of special tokens taken for text."""
    return type(runtime.__name__, (runtime,), {"plain": True})


RUNTIMES = {"tokenizers-0": Tokenizers, "tokenizers-0-plain": plain(Tokenizers),
            "tokenizers-1": Tokenizers1, "tokenizers-1-plain": plain(Tokenizers1),
            "transformers": Transformers, "transformers-plain": plain(Transformers),
            "sentencepiece": SentencePiece}


def taken_by(runtime, text):
    """What the runtime takes, or nothing if it takes no such text."""
    if getattr(runtime, "takes_bytes", False):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def main():
    name, model, source, output = sys.argv[1:]
    start = time.perf_counter()
    runtime = RUNTIMES[name](model)
    loaded = time.perf_counter()
    with open(output, "wb") as file:
        for batch in batches(read_texts(source)):
            taken = [taken_by(runtime, text) for text in batch]
            texts = [text for text in taken if text is not None]
            ids = iter(runtime.encode(texts) if texts else [])
            for text in taken:
                if text is None:
                    file.write(struct.pack("<I", REFUSED))
                else:
                    one = next(ids)
                    file.write(struct.pack(f"<{1 + len(one)}I", len(one), *one))
    print(json.dumps({"versions": {"python": sys.version.split()[0], **runtime.versions},
                      "load_seconds": loaded - start,
                      "encode_seconds": time.perf_counter() - loaded}))


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    main()
