// SPDX-License-Identifier: Apache-2.0
// Tokenizer: one text to ids and back.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/model/model_format.h"
#include "python/core/arrays.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"
#include "python/core/text_argument.h"
#include "python/core/tokenizer_docs.h"
#include "python/core/trusted_spans.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

LoadOptions LoadOptionsOf(const std::optional<std::string>& normalization, bool trusted) {
  LoadOptions options;
  if (normalization == "nfc") {
    options.normalization = Normalization::kNfc;
  } else if (normalization == "none") {
    options.normalization = Normalization::kNone;
  } else if (normalization) {
    throw nb::value_error("normalization must be None, \"nfc\" or \"none\"");
  }
  if (trusted) options.trust = ModelTrust::kTrusted;
  return options;
}

// A list is spans of (text, allowed), anything else a text.
std::vector<TokenId> Encode(BoundTokenizer* self, nb::handle text, const EncodeOptions& options) {
  if (PyList_Check(text.ptr())) {
    const TrustedSpans spans(text);
    return ValueOrThrow(self->WithWorker([&](Worker* worker) {
      nb::gil_scoped_release release;
      return spans.Encode(self->tokenizer(), options, worker);
    }));
  }
  std::vector<TokenId> ids;
  const TextArgument argument(text);
  const absl::Status status = WithoutGil(argument.bytes().size(), [&] {
    return self->WithWorker(
        [&](Worker* worker) { return worker->Encode(argument.bytes(), options, &ids); });
  });
  ThrowIfError(status);
  return ids;
}

OffsetUnit UnitOf(const TextArgument& text, const std::optional<std::string>& unit) {
  if (!unit) return text.is_str() ? OffsetUnit::kCodePoints : OffsetUnit::kBytes;
  if (*unit == "characters") return OffsetUnit::kCodePoints;
  if (*unit == "bytes") return OffsetUnit::kBytes;
  throw nb::value_error("unit must be None, \"characters\" or \"bytes\"");
}

nb::tuple EncodeWithOffsets(BoundTokenizer* self, nb::handle text,
                            const std::optional<std::string>& unit, bool bos, bool eos,
                            nb::handle policy, nb::handle allow) {
  const TextArgument argument(text);
  EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  options.offset_unit = UnitOf(argument, unit);
  std::vector<TokenId> ids;
  std::vector<ByteSpan> spans;
  const absl::Status status = WithoutGil(argument.bytes().size(), [&] {
    return self->WithWorker([&](Worker* worker) {
      return worker->EncodeWithOffsets(argument.bytes(), options, &ids, &spans);
    });
  });
  ThrowIfError(status);
  return nb::make_tuple(IdArray(std::move(ids), self->wide()), ArrayOf(std::move(spans)));
}

// Characters that begin in the first `bytes` of UTF-8.
std::int64_t CharactersBegun(std::string_view utf8, std::int64_t bytes) {
  std::int64_t characters = 0;
  for (const char c : utf8.substr(0, bytes)) characters += (c & 0xC0) != 0x80;
  return characters;
}

nb::tuple EncodeUpTo(BoundTokenizer* self, nb::handle text, std::int64_t max_tokens, bool bos,
                     bool eos, nb::handle policy, nb::handle allow) {
  const TextArgument argument(text);
  if (max_tokens < 0) throw nb::value_error("max_tokens must be 0 or more");
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  std::vector<TokenId> ids;
  absl::StatusOr<std::int64_t> consumed = self->WithWorker([&](Worker* worker) {
    return worker->EncodeUpTo(max_tokens, argument.bytes(), options, &ids);
  });
  std::int64_t length = ValueOrThrow(std::move(consumed));
  if (argument.is_str()) length = CharactersBegun(argument.bytes(), length);
  return nb::make_tuple(IdArray(std::move(ids), self->wide()), length);
}

std::int64_t Count(BoundTokenizer* self, nb::handle text, bool bos, bool eos, nb::handle policy,
                   nb::handle allow) {
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  const TextArgument argument(text);
  return ValueOrThrow(WithoutGil(argument.bytes().size(), [&] {
    return self->WithWorker(
        [&](Worker* worker) { return worker->CountTokens(argument.bytes(), options); });
  }));
}

SamplingMethod SamplingMethodOf(std::string_view name) {
  if (name == "perfect") return SamplingMethod::kPerfect;
  if (name == "viterbi") return SamplingMethod::kViterbi;
  if (name == "nbest") return SamplingMethod::kNBest;
  throw nb::value_error("method must be \"perfect\", \"viterbi\" or \"nbest\"");
}

nb::object Sample(BoundTokenizer* self, nb::handle text, double alpha, std::uint64_t seed,
                  std::uint64_t document, std::uint32_t sample, std::string_view method, bool bos,
                  bool eos, nb::handle policy, nb::handle allow) {
  const TextArgument argument(text);
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  SampleOptions sampling;
  sampling.method = SamplingMethodOf(method);
  sampling.alpha = alpha;
  sampling.seed = seed;
  sampling.document = document;
  sampling.sample = sample;
  std::vector<TokenId> ids;
  const absl::Status status = WithoutGil(argument.bytes().size(), [&] {
    return self->WithWorker(
        [&](Worker* worker) { return worker->Sample(argument.bytes(), sampling, options, &ids); });
  });
  ThrowIfError(status);
  return IdArray(std::move(ids), self->wide());
}

std::string DecodeBytes(BoundTokenizer* self, nb::handle ids, bool control_tokens,
                        bool special_tokens) {
  const std::vector<TokenId> tokens = IdsOf(ids);
  return ValueOrThrow(WithoutGil(tokens.size(), [&] {
    return self->tokenizer().Decode(tokens, {control_tokens, special_tokens});
  }));
}

nb::object Decode(BoundTokenizer* self, nb::handle ids, const std::string& errors,
                  bool control_tokens, bool special_tokens) {
  const std::string bytes = DecodeBytes(self, ids, control_tokens, special_tokens);
  PyObject* text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), errors.c_str());
  if (text == nullptr) throw nb::python_error();
  return nb::steal(text);
}

nb::object TokenToId(BoundTokenizer* self, nb::handle token) {
  const TextArgument argument(token, "token");
  const TokenId id = self->tokenizer().TokenToId(argument.bytes());
  return id < 0 ? nb::none() : nb::object(nb::int_(id));
}

nb::bytes IdToBytes(BoundTokenizer* self, std::int64_t id) {
  const std::int64_t size = self->tokenizer().vocab_size();
  if (id < 0 || id >= size) {
    throw nb::value_error(
        ("token id " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(size))
            .c_str());
  }
  const std::string_view bytes = *self->tokenizer().IdToToken(static_cast<TokenId>(id));
  return nb::bytes(bytes.data(), bytes.size());
}

// By id; those of control and special tokens, which have none, are NaN.
Array<double> Scores(const BoundTokenizer& self) {
  const Vocabulary& vocabulary = self.tokenizer().vocabulary();
  std::vector<double> scores(vocabulary.size());
  for (TokenId id = 0; id < static_cast<TokenId>(scores.size()); ++id) {
    scores[id] = vocabulary.IsPiece(id) ? vocabulary.PieceScore(id)
                                        : std::numeric_limits<double>::quiet_NaN();
  }
  return ArrayOf(std::move(scores));
}

void BindLoading(nb::class_<BoundTokenizer>* type) {
  type->def(
      "__init__",
      [](BoundTokenizer* self, const std::string& path, std::optional<std::string> normalization,
         bool trusted) {
        const LoadOptions options = LoadOptionsOf(normalization, trusted);
        absl::StatusOr<Tokenizer> tokenizer = absl::UnknownError("");
        {
          nb::gil_scoped_release release;
          tokenizer = Tokenizer::Load(path, options);
        }
        new (self) BoundTokenizer(ValueOrThrow(std::move(tokenizer)));
      },
      "path"_a, "normalization"_a = nb::none(), "trusted"_a = false);
  type->def(
      "__init__",
      [](BoundTokenizer* self, nb::bytes data, std::optional<std::string> normalization,
         bool trusted) {
        const LoadOptions options = LoadOptionsOf(normalization, trusted);
        const std::string_view bytes(data.c_str(), data.size());
        absl::StatusOr<Tokenizer> tokenizer = absl::UnknownError("");
        {
          nb::gil_scoped_release release;
          tokenizer = Tokenizer::FromBytes(bytes, options);
        }
        new (self) BoundTokenizer(ValueOrThrow(std::move(tokenizer)));
      },
      "data"_a, "normalization"_a = nb::none(), "trusted"_a = false);
  type->def(
      "__init__",
      [](BoundTokenizer* self, const Model& model) {
        new (self) BoundTokenizer(ValueOrThrow(Tokenizer::Create(model)));
      },
      "model"_a);
}

}  // namespace

EncodeOptions EncodeOptionsOf(const Tokenizer& tokenizer, bool bos, bool eos, nb::handle policy,
                              nb::handle allow) {
  EncodeOptions options;
  options.add_bos = bos;
  options.add_eos = eos;
  const std::string_view name = PyUnicode_Check(policy.ptr()) ? Utf8Of(policy) : "";
  if (name == "plain") {
    options.special_tokens = SpecialTokenPolicy::kPlainText;
  } else if (name == "allow") {
    options.special_tokens = SpecialTokenPolicy::kAllow;
  } else if (name == "forbid") {
    options.special_tokens = SpecialTokenPolicy::kForbid;
  } else {
    throw nb::value_error("special_tokens must be \"plain\", \"allow\" or \"forbid\"");
  }
  if (allow.is_none()) return options;
  if (PyUnicode_Check(allow.ptr())) {
    throw nb::type_error("allow must be a sequence of special tokens, not one str");
  }
  for (const nb::handle token : nb::iter(allow)) {
    const TextArgument text(token, "a special token");
    const TokenId id = tokenizer.TokenToId(text.bytes());
    if (id < tokenizer.vocabulary().end_of_pieces()) {
      throw nb::value_error(
          ("the model has no special token \"" + std::string(text.bytes()) + "\"").c_str());
    }
    options.allow_special.push_back(id);
  }
  return options;
}

void BindTokenizer(nb::module_* module) {
  nb::class_<BoundTokenizer> type(*module, "Tokenizer", "The part of a tokenizer that is C++.");
  BindLoading(&type);
  const auto bos = "bos"_a = false;
  const auto eos = "eos"_a = false;
  const auto policy = "special_tokens"_a = "plain";
  const auto allow = "allow"_a = nb::none();
  type.def(
      "encode",
      [](BoundTokenizer* self, nb::handle text, bool bos, bool eos, nb::handle policy,
         nb::handle allow) {
        return IdList(
            Encode(self, text, EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow)));
      },
      "text"_a.none(), nb::kw_only(), bos, eos, policy, allow, nb::sig(kEncodeSignature),
      kEncodeDoc);
  type.def(
      "encode_array",
      [](BoundTokenizer* self, nb::handle text, bool bos, bool eos, nb::handle policy,
         nb::handle allow) {
        return IdArray(
            Encode(self, text, EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow)),
            self->wide());
      },
      "text"_a.none(), nb::kw_only(), bos, eos, policy, allow, nb::sig(kEncodeArraySignature),
      kEncodeArrayDoc);
  type.def("encode_with_offsets", &EncodeWithOffsets, "text"_a.none(), nb::kw_only(),
           "unit"_a = nb::none(), bos, eos, policy, allow, nb::sig(kEncodeWithOffsetsSignature),
           kEncodeWithOffsetsDoc);
  type.def("encode_up_to", &EncodeUpTo, "text"_a.none(), "max_tokens"_a, nb::kw_only(), bos, eos,
           policy, allow, nb::sig(kEncodeUpToSignature), kEncodeUpToDoc);
  type.def("count", &Count, "text"_a.none(), nb::kw_only(), bos, eos, policy, allow,
           nb::sig(kCountSignature), kCountDoc);
  type.def("sample", &Sample, "text"_a.none(), nb::kw_only(), "alpha"_a = SampleOptions().alpha,
           "seed"_a = 0, "document"_a = 0, "sample"_a = 0, "method"_a = "perfect", bos, eos, policy,
           allow, nb::sig(kSampleSignature), kSampleDoc);
  type.def("decode", &Decode, "ids"_a.none(), nb::kw_only(), "errors"_a = "replace",
           "control_tokens"_a = false, "special_tokens"_a = true, nb::sig(kDecodeSignature),
           kDecodeDoc);
  type.def(
      "decode_bytes",
      [](BoundTokenizer* self, nb::handle ids, bool control_tokens, bool special_tokens) {
        const std::string bytes = DecodeBytes(self, ids, control_tokens, special_tokens);
        return nb::bytes(bytes.data(), bytes.size());
      },
      "ids"_a.none(), nb::kw_only(), "control_tokens"_a = false, "special_tokens"_a = true,
      nb::sig(kDecodeBytesSignature), kDecodeBytesDoc);
  type.def("token_to_id", &TokenToId, "token"_a.none(), nb::sig(kTokenToIdSignature),
           kTokenToIdDoc);
  type.def("id_to_bytes", &IdToBytes, "id"_a, kIdToBytesDoc);
  type.def("scores", &Scores, nb::sig(kScoresSignature), kScoresDoc);
  type.def_prop_ro(
      "vocab_size", [](const BoundTokenizer& self) { return self.tokenizer().vocab_size(); },
      "The number of ids: control tokens, pieces and special tokens.");
  type.def_prop_ro(
      "num_pieces",
      [](const BoundTokenizer& self) { return self.tokenizer().vocabulary().num_pieces(); },
      "The number of pieces, whose ids are 3 and up.");
  type.def_prop_ro(
      "normalization",
      [](const BoundTokenizer& self) {
        return self.tokenizer().normalization() == Normalization::kNfc ? "nfc" : "none";
      },
      "What is done to text first: \"nfc\" or \"none\".");
  type.def_prop_ro(
      "is_compiled", [](const BoundTokenizer& self) { return self.tokenizer().is_compiled(); },
      "Whether the tables of a compiled model are used as they are.");
  type.def_prop_ro(
      "model", [](const BoundTokenizer& self) { return Model(self.tokenizer().model()); },
      "The model as data.");
}

}  // namespace bytepiece
