# SPDX-License-Identifier: Apache-2.0
"""One peer of bench/peers in a process of its own: loads, then works on demand.

usage: peer_worker.py PEER MODEL THREADS ALPHA TEXTS NEW...

TEXTS and each NEW is a file of texts, each after its length in 4 bytes, little-endian. ALPHA
is "none" for encoding, else that of sampling. First the peer says its version and how long
it took to be ready: to load, from its package on, and to encode a word; or "error", why it
cannot. Commands, one a line on standard input: "check FILE" encodes TEXTS, writes the ids to
FILE and says whether decoding gives the texts back; "run SECONDS" encodes them again, at
least once and for so long, and gives the times of one pass; "new" encodes the next NEW, once;
"quit". Each is answered by one line of JSON. bench/peer_worker.cc is the same for BytePiece.
"""
import json
import os
import struct
import sys
import time
import unicodedata


def read_texts(path):
    with open(path, "rb") as file:
        content = file.read()
    texts = []
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        texts.append(content[at + 4:at + 4 + length].decode())
        at += 4 + length
    return texts


class Peer:
    normalizes = False  # to NFC


class SentencePiece(Peer):

    def __init__(self, model, threads, alpha):
        import sentencepiece
        self.version = sentencepiece.__version__
        self.processor = sentencepiece.SentencePieceProcessor(model_file=model)
        self.threads = threads
        self.sampling = {} if alpha is None else {
            "enable_sampling": True, "nbest_size": -1, "alpha": alpha}

    def encode(self, texts):
        return self.processor.encode(texts, out_type=int, num_threads=self.threads,
                                     **self.sampling)

    def decode(self, ids):
        return self.processor.decode(ids)


class HuggingFace(Peer):

    def __init__(self, model, threads, alpha):
        import tokenizers
        self.version = tokenizers.__version__
        self.tokenizer = tokenizers.Tokenizer.from_file(model)
        self.tokenizer.encode_special_tokens = True

    def encode(self, texts):
        encodings = self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class HuggingFace1(HuggingFace):
    """The interface of 1.0."""

    def __init__(self, model, threads, alpha):
        import tokenizers
        self.version = tokenizers.__version__
        self.tokenizer = tokenizers.Tokenizer.from_file(model)

    def encode(self, texts):
        encodings = self.tokenizer.encode_batch(texts, add_special_tokens=False,
                                                encode_special_tokens=True)
        return [encoding.ids for encoding in encodings]


class HuggingFaceUnigram(HuggingFace):
    """An exported model of ours."""
    normalizes = True


class HuggingFace1Unigram(HuggingFace1):
    normalizes = True


class Tiktoken(Peer):
    # Of GPT-2, as its encoder.py has it.
    PATTERN = (r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")

    def __init__(self, model, threads, alpha):
        import tiktoken
        from tiktoken.load import load_tiktoken_bpe
        self.version = tiktoken.__version__
        self.encoding = tiktoken.Encoding("bench", pat_str=self.PATTERN, special_tokens={},
                                          mergeable_ranks=load_tiktoken_bpe(model))
        self.threads = threads

    def encode(self, texts):
        if self.threads == 1:
            return [self.encoding.encode_ordinary(text) for text in texts]
        return self.encoding.encode_ordinary_batch(texts, num_threads=self.threads)

    def decode(self, ids):
        return self.encoding.decode(ids)


class Gigatoken(Peer):

    def __init__(self, model, threads, alpha):
        import importlib.metadata
        import gigatoken
        self.version = importlib.metadata.version("gigatoken")
        with open(model, "rb") as file:
            self.tokenizer = gigatoken.Tokenizer.from_json(file.read())
        self.parallel = threads > 1

    def encode(self, texts):
        return self.tokenizer.encode_batch(texts, parallel=self.parallel)

    def decode(self, ids):
        return self.tokenizer.decode(list(ids)).decode()


class Tokie(Peer):

    def __init__(self, model, threads, alpha):
        import importlib.metadata
        import tokie
        self.version = importlib.metadata.version("tokie")
        self.tokenizer = tokie.Tokenizer.from_json(model)

    def encode(self, texts):
        return [one.ids for one in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def decode(self, ids):
        return self.tokenizer.decode_bytes(ids).decode()


class Kitoken(Peer):

    def __init__(self, model, threads, alpha):
        import importlib.metadata
        import kitoken
        self.version = importlib.metadata.version("kitoken")
        self.tokenizer = kitoken.Kitoken.from_tokenizers_file(model)

    def encode(self, texts):
        return self.tokenizer.encode_all(texts, False)

    def decode(self, ids):
        return self.tokenizer.decode(ids).decode()


class Iree(Peer):

    def __init__(self, model, threads, alpha):
        import importlib.metadata
        from iree.tokenizer import Tokenizer
        self.version = importlib.metadata.version("iree-tokenizer")
        self.tokenizer = Tokenizer.from_file(model)

    def encode(self, texts):
        return self.tokenizer.encode_batch(texts)

    def decode(self, ids):
        return self.tokenizer.decode(ids)


class Reference(Peer):
    normalizes = True

    def __init__(self, model, threads, alpha):
        import importlib.metadata
        import bytepiece
        self.version = importlib.metadata.version("bytepiece")
        self.tokenizer = bytepiece.Tokenizer(model)
        self.alpha = -1 if alpha is None else alpha

    def encode(self, texts):
        return [self.tokenizer.encode(text, alpha=self.alpha) for text in texts]

    def decode(self, ids):
        return self.tokenizer.decode(ids)


class BytePiece(Peer):
    """The Python package, many texts a call."""
    normalizes = True

    def __init__(self, model, threads, alpha):
        import bytepiece_cpp
        self.version = bytepiece_cpp.__version__
        self.tokenizer = bytepiece_cpp.Tokenizer(model, trusted=True)
        self.threads = threads

    def encode(self, texts):
        return self.tokenizer.encode_batch(texts, threads=self.threads)

    def decode(self, ids):
        return self.tokenizer.decode(ids)


class BytePieceOneByOne(BytePiece):
    """A text a call, to a list."""

    def encode(self, texts):
        encode = self.tokenizer.encode
        return [encode(text) for text in texts]


PEERS = {"bytepiece": BytePiece, "one_by_one": BytePieceOneByOne,
         "sentencepiece": SentencePiece, "huggingface": HuggingFace,
         "huggingface_unigram": HuggingFaceUnigram, "huggingface_1": HuggingFace1,
         "huggingface_1_unigram": HuggingFace1Unigram,
         "tiktoken": Tiktoken, "gigatoken": Gigatoken, "tokie": Tokie, "kitoken": Kitoken,
         "iree": Iree, "reference": Reference}


def answer(values):
    print(json.dumps(values), flush=True)


def memory(field):
    """Bytes. (getrusage would count what the process was forked from, too.)"""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


class Stopwatch:

    def __init__(self):
        self.wall = time.perf_counter_ns()
        self.cpu = time.process_time_ns()

    def seconds(self):
        return (time.perf_counter_ns() - self.wall) / 1e9

    def times(self, passes):
        return {"wall_ns": (time.perf_counter_ns() - self.wall) // passes,
                "cpu_ns": (time.process_time_ns() - self.cpu) // passes}


def run(peer, texts, seconds):
    stopwatch = Stopwatch()
    passes = 0
    while True:
        ids = peer.encode(texts)
        passes += 1
        if stopwatch.seconds() >= seconds:
            return ids, stopwatch.times(passes)


def ready(name, *arguments):
    """The peer, or None, and the answer that says it is ready, or why not."""
    stopwatch = Stopwatch()
    try:
        peer = PEERS[name](*arguments)
        peer.encode(["word"])
    except Exception as error:  # whatever a package throws
        return None, {"error": str(error)}
    return peer, {"version": peer.version, **stopwatch.times(1)}


def gives_back(peer, ids, text):
    try:
        return peer.decode(ids) == (unicodedata.normalize("NFC", text) if peer.normalizes else text)
    except UnicodeDecodeError:
        return False


def check(peer, texts, path):
    ids, times = run(peer, texts, 0)
    returned = all(gives_back(peer, one, text) for one, text in zip(ids, texts, strict=True))
    with open(path, "wb") as file:
        for one in ids:
            file.write(struct.pack(f"<{len(one)}I", *one))
    return {"gives_back": returned, "tokens": sum(len(one) for one in ids), **times}


def main():
    name, model, threads, alpha, *paths = sys.argv[1:]
    os.environ["RAYON_NUM_THREADS"] = threads
    os.environ["TOKENIZERS_PARALLELISM"] = "false" if threads == "1" else "true"
    texts, *new = map(read_texts, paths)
    before = memory("VmRSS")
    peer, state = ready(name, model, int(threads), None if alpha == "none" else float(alpha))
    answer(state)
    if peer is None:
        return
    for line in sys.stdin:
        command, *argument = line.split(None, 1)
        if command == "check":
            answer(check(peer, texts, argument[0].strip()))
        elif command == "run":
            answer(run(peer, texts, float(argument[0]))[1])
        elif command == "new":
            answer(run(peer, new.pop(0), 0)[1])
        else:
            peak = memory("VmHWM")
            answer({"memory": peak - before, "peak_memory": peak})
            return


if __name__ == "__main__":
    main()
