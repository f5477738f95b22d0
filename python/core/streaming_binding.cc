// SPDX-License-Identifier: Apache-2.0
// StreamingEncoder and StreamingDecoder: text or ids that arrive in parts.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>
#include <vector>

#include "bytepiece/streaming_decoder.h"
#include "bytepiece/streaming_encoder.h"
#include "python/core/arrays.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"
#include "python/core/text_argument.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

constexpr char kEncoderDoc[] =
    R"(Text in parts into the ids that encode gives for the whole.

Each id comes as soon as nothing that may follow can change it. Options as those of encode, but
<bos> and <eos>, which a stream has none of. Parts may be cut anywhere, bytes within a character.

>>> from bytepiece_cpp import StreamingEncoder
>>> encoder = StreamingEncoder(tokenizer)
>>> encoder.feed("chuck a wood") + encoder.feed("chuck") + encoder.finish()
[264, 100, 265]
)";

constexpr char kDecoderDoc[] =
    R"(Ids one at a time into text that never ends inside a character.

errors: what is done with bytes that are no UTF-8, as in bytes.decode.

>>> from bytepiece_cpp import StreamingDecoder
>>> decoder = StreamingDecoder(tokenizer)
>>> [decoder.feed(id) for id in tokenizer.encode("\N{SNOWMAN}")], decoder.finish()
(['', '', '☃'], '')
)";

nb::object Text(const std::string& bytes, const std::string& errors) {
  PyObject* text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), errors.c_str());
  if (text == nullptr) throw nb::python_error();
  return nb::steal(text);
}

struct BoundDecoder {
  StreamingDecoder decoder;
  std::string errors;
};

void BindEncoder(nb::module_* module) {
  nb::class_<StreamingEncoder> type(*module, "StreamingEncoder", kEncoderDoc);
  type.def(
      "__init__",
      [](StreamingEncoder* self, const BoundTokenizer& tokenizer, nb::handle policy,
         nb::handle allow) {
        new (self)
            StreamingEncoder(tokenizer.tokenizer(),
                             EncodeOptionsOf(tokenizer.tokenizer(), false, false, policy, allow));
      },
      "tokenizer"_a, nb::kw_only(), "special_tokens"_a = "plain", "allow"_a = nb::none(),
      nb::sig("def __init__(self, tokenizer: Tokenizer, *, special_tokens: "
              "typing.Literal['plain', 'allow', 'forbid'] = 'plain', "
              "allow: collections.abc.Sequence[str] | None = None) -> None"));
  type.def(
      "feed",
      [](StreamingEncoder* self, nb::handle text) {
        const TextArgument argument(text);
        std::vector<TokenId> ids;
        ThrowIfError(WithoutGil(argument.bytes().size(),
                                [&] { return self->Feed(argument.bytes(), &ids); }));
        return IdList(ids);
      },
      nb::lock_self(), "text"_a.none(), nb::sig("def feed(self, text: str | bytes) -> list[int]"),
      "The ids that became final. Raises ValueError only where special tokens are forbidden.");
  type.def(
      "finish",
      [](StreamingEncoder* self) {
        std::vector<TokenId> ids;
        ThrowIfError(self->Finish(&ids));
        return IdList(ids);
      },
      nb::lock_self(), nb::sig("def finish(self) -> list[int]"),
      "The rest of the ids; the encoder is then ready for another text.");
  type.def_prop_ro(
      "pending", [](const StreamingEncoder& self) { return self.pending(); },
      "How many bytes are held back.");
}

void BindDecoder(nb::module_* module) {
  nb::class_<BoundDecoder> type(*module, "StreamingDecoder", kDecoderDoc);
  type.def(
      "__init__",
      [](BoundDecoder* self, const BoundTokenizer& tokenizer, const std::string& errors,
         bool control_tokens, bool special_tokens) {
        new (self) BoundDecoder{
            StreamingDecoder(tokenizer.tokenizer(), {control_tokens, special_tokens}), errors};
      },
      "tokenizer"_a, nb::kw_only(), "errors"_a = "replace", "control_tokens"_a = false,
      "special_tokens"_a = true);
  type.def(
      "feed",
      [](BoundDecoder* self, TokenId id) {
        return Text(ValueOrThrow(self->decoder.Feed(id)), self->errors);
      },
      nb::lock_self(), "id"_a, nb::sig("def feed(self, id: int) -> str"),
      "The characters that became whole. Raises ValueError for an id outside the vocabulary.");
  type.def(
      "finish", [](BoundDecoder* self) { return Text(self->decoder.Finish(), self->errors); },
      nb::lock_self(), nb::sig("def finish(self) -> str"), "What was held back.");
}

}  // namespace

void BindStreaming(nb::module_* module) {
  BindEncoder(module);
  BindDecoder(module);
}

}  // namespace bytepiece
