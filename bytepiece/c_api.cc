// SPDX-License-Identifier: Apache-2.0
// bytepiece.h over the C++ face. No exception leaves a function.
#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/batch.h"
#include "bytepiece/bytepiece.h"
#include "bytepiece/tokenizer.h"

struct bytepiece_tokenizer {
  bytepiece::Tokenizer tokenizer;
};
struct bytepiece_tokens {
  bytepiece::TokenBatch batch;
};
struct bytepiece_text {
  bytepiece::TextBatch batch;
};

namespace bytepiece {
namespace {

static_assert(sizeof(TokenId) == sizeof(std::int32_t));
static_assert(sizeof(ByteSpan) == 2 * sizeof(std::int64_t));

// Fits even where memory has ended.
thread_local char last_error[1024] = "";

bytepiece_status Fail(bytepiece_status code, absl::string_view message) {
  const std::size_t size = std::min(message.size(), sizeof(last_error) - 1);
  std::memcpy(last_error, message.data(), size);
  last_error[size] = '\0';
  return code;
}

bytepiece_status Fail(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return Fail(BYTEPIECE_INVALID_ARGUMENT, status.message());
    case absl::StatusCode::kNotFound:
      return Fail(BYTEPIECE_NOT_FOUND, status.message());
    case absl::StatusCode::kDataLoss:
      return Fail(BYTEPIECE_BAD_FILE, status.message());
    case absl::StatusCode::kResourceExhausted:
      return Fail(BYTEPIECE_OUT_OF_MEMORY, status.message());
    default:
      return Fail(BYTEPIECE_FAILED, status.message());
  }
}

// Calls call(), which returns a Status.
template <typename Call>
bytepiece_status Guard(Call call) {
  try {
    const absl::Status status = call();
    return status.ok() ? BYTEPIECE_OK : Fail(status);
  } catch (const std::bad_alloc&) {
    return Fail(BYTEPIECE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& exception) {
    return Fail(BYTEPIECE_FAILED, exception.what());
  }
}

absl::Status ParseNormalization(const char* name, std::optional<Normalization>* normalization) {
  normalization->reset();
  if (name == nullptr) return absl::OkStatus();
  const std::string_view given = name;
  if (given == "nfc") {
    *normalization = Normalization::kNfc;
  } else if (given == "none") {
    *normalization = Normalization::kNone;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("normalization \"", name, "\" is unknown; there are \"nfc\" and \"none\""));
  }
  return absl::OkStatus();
}

// The caller's struct, which may be of an older version and shorter; fields it has not are 0.
template <typename Options>
absl::Status TakeOptions(const Options* given, Options* options) {
  *options = {};
  if (given == nullptr) return absl::OkStatus();
  if (given->struct_size < sizeof(given->struct_size) || given->struct_size > sizeof(Options)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "struct_size is ", given->struct_size, ", not the size of the options struct, which is ",
        sizeof(Options), " here: set it, and use the header of this library or an older one"));
  }
  std::memcpy(options, given, given->struct_size);
  return absl::OkStatus();
}

absl::Status ToEncodeOptions(const bytepiece_encode_options& given, EncodeOptions* options) {
  switch (given.special_tokens) {
    case BYTEPIECE_SPECIAL_PLAIN:
      options->special_tokens = SpecialTokenPolicy::kPlainText;
      break;
    case BYTEPIECE_SPECIAL_ALLOW:
      options->special_tokens = SpecialTokenPolicy::kAllow;
      break;
    case BYTEPIECE_SPECIAL_FORBID:
      options->special_tokens = SpecialTokenPolicy::kForbid;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("special_tokens is ", given.special_tokens, "; 0, 1 and 2 have a meaning"));
  }
  options->add_bos = given.add_bos != 0;
  options->add_eos = given.add_eos != 0;
  return absl::OkStatus();
}

std::vector<std::string_view> Views(const char* const* texts, const std::size_t* sizes,
                                    std::size_t count) {
  std::vector<std::string_view> views;
  views.reserve(count);
  for (std::size_t i = 0; i < count; ++i) views.emplace_back(texts[i], sizes[i]);
  return views;
}

absl::Status FlatViews(const char* bytes, const std::int64_t* offsets, std::size_t count,
                       std::vector<std::string_view>* views) {
  views->reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (offsets[i] < 0 || offsets[i + 1] < offsets[i]) {
      return absl::InvalidArgumentError(absl::StrCat("the offsets of text ", i, ", ", offsets[i],
                                                     " and ", offsets[i + 1], ", do not ascend"));
    }
    views->emplace_back(bytes + offsets[i], offsets[i + 1] - offsets[i]);
  }
  return absl::OkStatus();
}

// The options of the call, checked, and a batch to fill.
struct EncodeCall {
  bytepiece_encode_options given = {};
  EncodeOptions options;

  absl::Status Take(const bytepiece_encode_options* from) {
    if (absl::Status status = TakeOptions(from, &given); !status.ok()) return status;
    return ToEncodeOptions(given, &options);
  }
};

absl::Status EncodeViews(const Tokenizer& tokenizer, absl::Span<const std::string_view> views,
                         const bytepiece_encode_options* given, bytepiece_tokens** out) {
  EncodeCall call;
  if (absl::Status status = call.Take(given); !status.ok()) return status;
  auto tokens = std::make_unique<bytepiece_tokens>();
  BatchEncoder encoder(tokenizer, call.given.threads);
  absl::Status status = call.given.offsets != 0
                            ? encoder.EncodeWithOffsets(views, call.options, &tokens->batch)
                            : encoder.Encode(views, call.options, &tokens->batch);
  if (status.ok()) *out = tokens.release();
  return status;
}

absl::Status Keep(absl::StatusOr<Tokenizer> tokenizer, bytepiece_tokenizer** out) {
  if (!tokenizer.ok()) return tokenizer.status();
  *out = new bytepiece_tokenizer{*std::move(tokenizer)};
  return absl::OkStatus();
}

}  // namespace
}  // namespace bytepiece

using namespace bytepiece;  // NOLINT: all that follows is the C face of it

extern "C" {

uint32_t bytepiece_abi(void) { return BYTEPIECE_ABI; }

const char* bytepiece_last_error(void) { return last_error; }

bytepiece_status bytepiece_tokenizer_load(const char* path, const char* normalization,
                                          bytepiece_tokenizer** out) {
  *out = nullptr;
  return Guard([&] {
    LoadOptions options;
    absl::Status status = ParseNormalization(normalization, &options.normalization);
    return status.ok() ? Keep(Tokenizer::Load(path, options), out) : status;
  });
}

bytepiece_status bytepiece_tokenizer_from_bytes(const void* bytes, size_t size,
                                                const char* normalization,
                                                bytepiece_tokenizer** out) {
  *out = nullptr;
  return Guard([&] {
    LoadOptions options;
    absl::Status status = ParseNormalization(normalization, &options.normalization);
    const std::string_view model(static_cast<const char*>(bytes), size);
    return status.ok() ? Keep(Tokenizer::FromBytes(model, options), out) : status;
  });
}

void bytepiece_tokenizer_free(bytepiece_tokenizer* tokenizer) { delete tokenizer; }

int64_t bytepiece_vocab_size(const bytepiece_tokenizer* tokenizer) {
  return tokenizer->tokenizer.vocab_size();
}

int32_t bytepiece_token_to_id(const bytepiece_tokenizer* tokenizer, const char* bytes,
                              size_t size) {
  return tokenizer->tokenizer.TokenToId({bytes, size});
}

const char* bytepiece_id_to_token(const bytepiece_tokenizer* tokenizer, int32_t id, size_t* size) {
  const std::optional<std::string_view> token = tokenizer->tokenizer.IdToToken(id);
  *size = token ? token->size() : 0;
  return token ? token->data() : nullptr;
}

bytepiece_status bytepiece_encode(const bytepiece_tokenizer* tokenizer, const char* const* texts,
                                  const size_t* sizes, size_t count,
                                  const bytepiece_encode_options* options, bytepiece_tokens** out) {
  *out = nullptr;
  return Guard(
      [&] { return EncodeViews(tokenizer->tokenizer, Views(texts, sizes, count), options, out); });
}

bytepiece_status bytepiece_encode_flat(const bytepiece_tokenizer* tokenizer, const char* bytes,
                                       const int64_t* offsets, size_t count,
                                       const bytepiece_encode_options* options,
                                       bytepiece_tokens** out) {
  *out = nullptr;
  return Guard([&] {
    std::vector<std::string_view> views;
    if (absl::Status status = FlatViews(bytes, offsets, count, &views); !status.ok()) return status;
    return EncodeViews(tokenizer->tokenizer, views, options, out);
  });
}

bytepiece_status bytepiece_sample(const bytepiece_tokenizer* tokenizer, const char* const* texts,
                                  const size_t* sizes, size_t count,
                                  const bytepiece_sample_options* sampling,
                                  const bytepiece_encode_options* options, bytepiece_tokens** out) {
  *out = nullptr;
  return Guard([&]() -> absl::Status {
    EncodeCall call;
    if (absl::Status status = call.Take(options); !status.ok()) return status;
    bytepiece_sample_options given;
    if (absl::Status status = TakeOptions(sampling, &given); !status.ok()) return status;
    if (given.samples < 1) return absl::InvalidArgumentError("samples is 0; at least 1");
    BatchSampleOptions samples;
    samples.sampling.seed = given.seed;
    samples.sampling.document = given.document;
    samples.sampling.sample = given.sample;
    samples.alphas.assign(given.samples, given.alpha);
    auto tokens = std::make_unique<bytepiece_tokens>();
    absl::Status status =
        BatchEncoder(tokenizer->tokenizer, call.given.threads)
            .Sample(Views(texts, sizes, count), samples, call.options, &tokens->batch);
    if (status.ok()) *out = tokens.release();
    return status;
  });
}

bytepiece_status bytepiece_count(const bytepiece_tokenizer* tokenizer, const char* const* texts,
                                 const size_t* sizes, size_t count,
                                 const bytepiece_encode_options* options, int64_t* counts) {
  return Guard([&]() -> absl::Status {
    EncodeCall call;
    if (absl::Status status = call.Take(options); !status.ok()) return status;
    const auto found = BatchEncoder(tokenizer->tokenizer, call.given.threads)
                           .CountTokens(Views(texts, sizes, count), call.options);
    if (!found.ok()) return found.status();
    std::copy(found->begin(), found->end(), counts);
    return absl::OkStatus();
  });
}

size_t bytepiece_tokens_size(const bytepiece_tokens* tokens) { return tokens->batch.size(); }

const int32_t* bytepiece_tokens_ids(const bytepiece_tokens* tokens) {
  return tokens->batch.ids.data();
}

const int64_t* bytepiece_tokens_offsets(const bytepiece_tokens* tokens) {
  return tokens->batch.offsets.data();
}

const int64_t* bytepiece_tokens_spans(const bytepiece_tokens* tokens) {
  if (tokens->batch.spans.empty()) return nullptr;
  return &tokens->batch.spans.data()->begin;
}

void bytepiece_tokens_free(bytepiece_tokens* tokens) { delete tokens; }

bytepiece_status bytepiece_decode(const bytepiece_tokenizer* tokenizer, const int32_t* ids,
                                  const int64_t* offsets, size_t count,
                                  const bytepiece_decode_options* options, bytepiece_text** out) {
  *out = nullptr;
  return Guard([&]() -> absl::Status {
    bytepiece_decode_options given;
    if (absl::Status status = TakeOptions(options, &given); !status.ok()) return status;
    const DecodeOptions decode = {.control_tokens = given.control_tokens != 0,
                                  .special_tokens = given.no_special_tokens == 0};
    if (offsets[count] < 0) return absl::InvalidArgumentError("the offsets do not ascend from 0");
    absl::StatusOr<TextBatch> text =
        DecodeBatch(tokenizer->tokenizer, {ids, static_cast<std::size_t>(offsets[count])},
                    {offsets, count + 1}, decode, given.threads);
    if (!text.ok()) return text.status();
    *out = new bytepiece_text{*std::move(text)};
    return absl::OkStatus();
  });
}

size_t bytepiece_text_size(const bytepiece_text* text) { return text->batch.size(); }

const char* bytepiece_text_bytes(const bytepiece_text* text) { return text->batch.bytes.data(); }

const int64_t* bytepiece_text_offsets(const bytepiece_text* text) {
  return text->batch.offsets.data();
}

void bytepiece_text_free(bytepiece_text* text) { delete text; }

}  // extern "C"
