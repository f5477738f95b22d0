# SPDX-License-Identifier: Apache-2.0
"""Tokenizes texts with another library's model, for "bytepiece evaluate" (peer_tokenizer.h).

usage: python3 -c THIS sentencepiece|tokenizers MODEL

First says, in a line of JSON, {"vocabulary_size": N}, or {"missing": PACKAGE}, or {"error": WHY}.
Then reads texts, each after its length (8 bytes, as all numbers here little-endian), and answers
each by the number of tokens, the number of unknown ones among them, and 4 bytes for each token:
where it ends in the text, in bytes, never before the one ahead of it. Text that no token holds, of
white space that is dropped for one, so counts to the token after it. A failure is answered by
2^64 - 1 tokens, the length of a message, and the message.
"""
import array
import itertools
import json
import re
import struct
import sys


def load_sentencepiece(path):
    import sentencepiece
    processor = sentencepiece.SentencePieceProcessor(model_file=path)
    unknown = processor.unk_id()

    def places(text):
        """Identifiers, and the range of characters of each."""
        try:
            result = processor.encode(text, return_type="offset_mapping")
            return result["ids"], result["offsets"]
        except (TypeError, ValueError):  # before 0.2.2
            pieces = processor.encode(text, out_type="immutable_proto").pieces
            return [piece.id for piece in pieces], [(piece.begin, piece.end) for piece in pieces]

    def encode(text):
        ids, ranges = places(text)
        ends = [end for _, end in ranges]
        # Of a character's bytes, the last one's piece has its place; the others end with it.
        for i in range(len(ends) - 2, -1, -1):
            if ranges[i][0] == ranges[i][1]:
                ends[i] = ends[i + 1]
        return ends, ids.count(unknown)

    return processor.vocab_size(), encode


def load_tokenizers(path):
    import tokenizers
    tokenizer = tokenizers.Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with open(path, encoding="utf-8") as file:
        model = json.load(file)["model"]
    unknown = model.get("unk_id")
    if model.get("unk_token") is not None:
        unknown = tokenizer.token_to_id(model["unk_token"])

    def encode(text):
        encoding = tokenizer.encode(text, add_special_tokens=False)
        return [end for _, end in encoding.offsets], encoding.ids.count(unknown)

    return tokenizer.get_vocab_size(), encode


def decode(data):
    """The text, with U+FFFD for bytes that are none, and where its characters begin in the data."""
    text = data.decode("utf-8", "surrogateescape")
    if text.isascii():
        return text, range(len(text) + 1)
    sizes = (1 if c < 0x80 or 0xDC80 <= c <= 0xDCFF else 2 if c < 0x800 else 3 if c < 0x10000 else 4
             for c in map(ord, text))
    begins = array.array("I", itertools.accumulate(sizes, initial=0))
    return re.sub("[\udc80-\udcff]", "\ufffd", text), begins


def answer(encode, data):
    text, begins = decode(data)
    ends, unknown = encode(text)
    places = array.array("I", (begins[end] for end in itertools.accumulate(ends, max)))
    if sys.byteorder == "big":
        places.byteswap()
    return struct.pack("<QQ", len(places), unknown) + places.tobytes()


def main():
    package, path = sys.argv[1:]
    say = lambda value: print(json.dumps(value), flush=True)
    try:
        load = {"sentencepiece": load_sentencepiece, "tokenizers": load_tokenizers}[package]
        size, encode = load(path)
    except ImportError:
        return say({"missing": package})
    except Exception as error:
        return say({"error": str(error)})
    say({"vocabulary_size": size})
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while length := source.read(8):
        try:
            reply = answer(encode, source.read(struct.unpack("<Q", length)[0]))
        except Exception as error:
            message = str(error).encode()
            reply = struct.pack("<QQ", 2 ** 64 - 1, len(message)) + message
        target.write(reply)
        target.flush()


main()
