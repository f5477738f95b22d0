// SPDX-License-Identifier: Apache-2.0
// What Python's help() says of Tokenizer, with signatures as type checkers read them. The examples
// run as tests (tests/python/docs_test.py), where `tokenizer` is the one of the README.
#pragma once

namespace bytepiece {

#define BYTEPIECE_TEXT "text: str | bytes | bytearray | memoryview"
#define BYTEPIECE_SPANS BYTEPIECE_TEXT " | list[tuple[str | bytes, bool]]"
#define BYTEPIECE_IDS \
  "ids: collections.abc.Iterable[int] | numpy.typing.NDArray[numpy.integer[typing.Any]]"
#define BYTEPIECE_ID_ARRAY "numpy.typing.NDArray[numpy.unsignedinteger[typing.Any]]"
#define BYTEPIECE_ENCODE_OPTIONS                                           \
  "bos: bool = False, eos: bool = False, "                                 \
  "special_tokens: typing.Literal['plain', 'allow', 'forbid'] = 'plain', " \
  "allow: collections.abc.Sequence[str] | None = None"

inline constexpr char kEncodeSignature[] =
    "def encode(self, " BYTEPIECE_SPANS ", *, " BYTEPIECE_ENCODE_OPTIONS ") -> list[int]";
inline constexpr char kEncodeDoc[] =
    R"(The ids of a text, as a list.

text: str, or bytes of any kind; or a list of (text, allow) pairs, which are one text together:
    only where allow is true does text become special tokens, for templates around what users
    wrote. Without such a list, special_tokens decides.
bos, eos: whether <bos> stands before the ids, <eos> after them.
special_tokens: what is done with text that spells a special token. "plain": it is text.
    "allow": it becomes the token. "forbid": it is a ValueError, also for "<bos>" and the like.
allow: special tokens that text becomes whatever special_tokens says.

Raises ValueError for a str with half a surrogate pair, TypeError for what is no text.

>>> tokenizer.encode("chuck a woodchuck")
[264, 100, 265]
>>> tokenizer.encode(b"chuck a woodchuck", eos=True)
[264, 100, 265, 2]
>>> tokenizer.encode([("chuck", True), (" a ", False), ("woodchuck", True)])
[264, 100, 265]
)";

inline constexpr char kEncodeArraySignature[] =
    "def encode_array(self, " BYTEPIECE_SPANS ", *, " BYTEPIECE_ENCODE_OPTIONS
    ") -> " BYTEPIECE_ID_ARRAY;
inline constexpr char kEncodeArrayDoc[] =
    R"(The ids of a text, as a NumPy array of one dimension: uint16 up to 65536 ids, else uint32.

Arguments and errors as those of encode.

>>> tokenizer.encode_array("chuck a woodchuck")
array([264, 100, 265], dtype=uint16)
)";

inline constexpr char kEncodeWithOffsetsSignature[] =
    "def encode_with_offsets(self, " BYTEPIECE_TEXT
    ", *, unit: typing.Literal['characters', 'bytes'] | None = None, " BYTEPIECE_ENCODE_OPTIONS
    ") -> tuple[" BYTEPIECE_ID_ARRAY ", numpy.typing.NDArray[numpy.int64]]";
inline constexpr char kEncodeWithOffsetsDoc[] =
    R"(The ids of a text and the half-open range that each stands for.

unit: what ranges count; "characters" of a str and "bytes" of bytes, unless asked otherwise.
Returns ids of shape (n,) and ranges of shape (n, 2), int64. The ranges are in order and cover the
text. Where normalisation rewrote characters, the first token has the whole range and the others
are empty; a character belongs to the token that has its first byte.

>>> ids, ranges = tokenizer.encode_with_offsets("chuck a woodchuck")
>>> ranges.tolist()
[[0, 6], [6, 7], [7, 17]]
)";

inline constexpr char kEncodeUpToSignature[] =
    "def encode_up_to(self, " BYTEPIECE_TEXT ", max_tokens: int, *, " BYTEPIECE_ENCODE_OPTIONS
    ") -> tuple[" BYTEPIECE_ID_ARRAY ", int]";
inline constexpr char kEncodeUpToDoc[] =
    R"(The first ids of a text, at most max_tokens, and how much of the text they stand for.

That is in characters for a str (those that begin in it), else in bytes. Takes time for what is
consumed, however long the text.

>>> tokenizer.encode_up_to("chuck a woodchuck", 2)
(array([264, 100], dtype=uint16), 7)
)";

inline constexpr char kCountSignature[] =
    "def count(self, " BYTEPIECE_TEXT ", *, " BYTEPIECE_ENCODE_OPTIONS ") -> int";
inline constexpr char kCountDoc[] =
    R"(The number of ids that encode returns.

>>> tokenizer.count("chuck a woodchuck")
3
)";

inline constexpr char kSampleSignature[] =
    "def sample(self, " BYTEPIECE_TEXT
    ", *, alpha: float = 0.2, seed: int = 0, document: int = 0, sample: int = 0, "
    "method: typing.Literal['perfect', 'viterbi', 'nbest'] = 'perfect', " BYTEPIECE_ENCODE_OPTIONS
    ") -> " BYTEPIECE_ID_ARRAY;
inline constexpr char kSampleDoc[] =
    R"(A random segmentation of a text, with probability in proportion to exp(alpha * score).

alpha: 0 makes all segmentations alike, infinity is encode.
seed, document, sample: the random stream; the same three give the same ids, on any machine.
method: "perfect" draws exactly, "viterbi" as the reference does, "nbest" among the 64 best.

>>> ids = tokenizer.sample("chuck a woodchuck", alpha=0.1, seed=1)
>>> tokenizer.decode(ids)
'chuck a woodchuck'
)";

inline constexpr char kDecodeSignature[] =
    "def decode(self, " BYTEPIECE_IDS
    ", *, errors: str = 'replace', control_tokens: bool = False, special_tokens: bool = True)"
    " -> str";
inline constexpr char kDecodeDoc[] =
    R"(The text of ids, a sequence or array of integers.

errors: what is done with bytes that are no UTF-8, as in bytes.decode: "replace", "strict", ...
control_tokens, special_tokens: whether "<bos>" and the like, and special tokens, are written.

Raises ValueError for an id outside the vocabulary, naming it and its place.

>>> tokenizer.decode([264, 100, 265])
'chuck a woodchuck'
)";

inline constexpr char kDecodeBytesSignature[] =
    "def decode_bytes(self, " BYTEPIECE_IDS
    ", *, control_tokens: bool = False, special_tokens: bool = True) -> bytes";
inline constexpr char kDecodeBytesDoc[] =
    R"(The bytes of ids: of encode's, the text it was given, normalised.

>>> tokenizer.decode_bytes([264, 100, 265])
b'chuck a woodchuck'
)";

inline constexpr char kTokenToIdSignature[] =
    "def token_to_id(self, token: str | bytes) -> int | None";
inline constexpr char kTokenToIdDoc[] =
    R"(The id of the control or special token of this name, else of the piece of just these bytes.

None if there is neither.

>>> tokenizer.token_to_id(" woodchuck"), tokenizer.token_to_id("<eos>")
(265, 2)
)";

inline constexpr char kIdToBytesDoc[] =
    R"(The bytes of a piece, the name of any other token.

Raises ValueError for an id outside the vocabulary.

>>> tokenizer.id_to_bytes(265)
b' woodchuck'
)";

inline constexpr char kScoresSignature[] =
    "def scores(self) -> numpy.typing.NDArray[numpy.float64]";
inline constexpr char kScoresDoc[] =
    R"(The score of each piece in nats, by id; NaN for control and special tokens.

>>> tokenizer.scores().shape
(266,)
)";

}  // namespace bytepiece
