// SPDX-License-Identifier: Apache-2.0
// A tokenizer: text to ids and back.
//
//   absl::StatusOr<bytepiece::Tokenizer> tokenizer = bytepiece::Tokenizer::Load("my.model");
//   if (!tokenizer.ok()) return tokenizer.status();
//   std::vector<bytepiece::TokenId> ids = tokenizer->Encode("chuck a woodchuck");
//   absl::StatusOr<std::string> text = tokenizer->Decode(ids);
//
// Any bytes are text, and Decode(Encode(text)) is the text, normalised as the model demands (NFC or
// not at all). Ids count from 0: <pad>, <bos>, <eos>, the pieces, the model's special tokens.
//
// Where to find what:
//   worker.h                          many texts on one thread, offsets, counting, sampling
//   batch.h                           many texts on all cores
//   streaming_encoder.h, streaming_decoder.h    text or ids that arrive in parts
//   encode_options.h                  what may be asked of a call
//   segmentations.h                   n-best and other questions to all segmentations
//   model/model.h, model/model_io.h   models as data and as files
//
// A Tokenizer is immutable and may be used by any number of threads. Copies share all tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_format.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/worker.h"

namespace bytepiece {
class TokenizerParts;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

// Whether the tables of a compiled model are used as they are. They are checked for damage, but
// cannot be proven: whoever can write them can make the program run for ever or read and write
// beside its memory. Take them as you take programs. The ids are the same either way.
enum class ModelTrust {
  kUntrusted,  // the model in it, validated, is made ready anew, which takes ten times as long
  kTrusted,    // a file is mapped, and its memory shared by all processes that use it
};

struct LoadOptions {
  std::optional<Normalization> normalization = {};  // in place of the model's
  ModelTrust trust = ModelTrust::kUntrusted;        // of compiled models; no other needs it
};

class BYTEPIECE_EXPORT Tokenizer {
 public:
  // Reads a model of any format (model_format.h) from a file, or from memory that may go
  // afterwards. Everything is validated, except as LoadOptions says. Errors of Load name the path.
  static absl::StatusOr<Tokenizer> Load(const std::string& path, const LoadOptions& options = {});
  static absl::StatusOr<Tokenizer> FromBytes(std::string_view bytes,
                                             const LoadOptions& options = {});
  // Error if the model fails ValidateModel.
  static absl::StatusOr<Tokenizer> Create(Model model,
                                          std::optional<Normalization> normalization = {});

  // The model, for FromBytes or a file. LoadOptions are no part of it. Error if the format has no
  // place for what it holds.
  absl::StatusOr<std::string> ToBytes(ModelFormat format = ModelFormat::kProtobuf) const;

  // The scratch memory of one thread, and the calls that need it.
  Worker NewWorker() const;

  // The ids of one text, without special tokens: cannot fail, but throws std::bad_alloc where
  // memory ends. A worker saves the scratch memory where there are many.
  std::vector<TokenId> Encode(std::string_view text) const;
  // Fails only under SpecialTokenPolicy::kForbid.
  absl::StatusOr<std::vector<TokenId>> Encode(std::string_view text,
                                              const EncodeOptions& options) const;

  // The bytes of the ids. Error for an id outside the vocabulary, naming it and
  // its position.
  absl::StatusOr<std::string> Decode(absl::Span<const TokenId> ids,
                                     const DecodeOptions& options = {}) const;

  // Appends what one id stands for. False if the id is outside the vocabulary.
  bool AppendDecoded(TokenId id, const DecodeOptions& options, std::string* bytes) const;

  // The id of the control or special token spelled `token`, or else of the piece of just these
  // bytes; -1 if there is none.
  TokenId TokenToId(std::string_view token) const;
  // The bytes of a piece, the text of any other token; nothing if `id` is outside the vocabulary.
  // Good for as long as the tokenizer or a copy of it.
  std::optional<std::string_view> IdToToken(TokenId id) const;

  std::int64_t vocab_size() const { return vocabulary().size(); }
  const Vocabulary& vocabulary() const;
  const Model& model() const;
  // The one in force.
  Normalization normalization() const;
  // Whether the tables are a compiled model's, as they are.
  bool is_compiled() const;

  // Internal.
  const std::shared_ptr<const TokenizerParts>& parts() const { return parts_; }

 private:
  explicit Tokenizer(std::shared_ptr<const TokenizerParts> parts);

  std::shared_ptr<const TokenizerParts> parts_;
};

}  // namespace bytepiece::inline v0
