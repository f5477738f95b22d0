// SPDX-License-Identifier: Apache-2.0
// The public face: text to ids and back.
//
// A Tokenizer is immutable and shared between threads; each thread brings a
// Workspace, which holds the memory that calls reuse. decode(encode(x)) is the
// normalised x for every byte string, and x itself without normalisation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/sampling/perfect_sampler.h"

namespace bytepiece {

// Memory that calls reuse. Not for two calls at once.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend class Tokenizer;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Tokenizer {
 public:
  // Reads a model file of any format (model_io.h); a compiled one is mapped
  // (compiled_model.h). `normalization` overrides the model's.
  static absl::StatusOr<Tokenizer> Load(const std::string& path,
                                        std::optional<Normalization> normalization = {});
  // The model is validated.
  static absl::StatusOr<Tokenizer> Create(Model model,
                                          std::optional<Normalization> normalization = {});

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Appends the ids of `text` to *ids. Fails only under SpecialTokenPolicy::kForbid,
  // leaving *ids as it was.
  absl::Status Encode(std::string_view text, const EncodeOptions& options, Workspace* workspace,
                      std::vector<TokenId>* ids) const;

  // The plain call: no special tokens, cannot fail.
  std::vector<TokenId> Encode(std::string_view text) const;

  // As Encode, with the half-open byte range of `text` that each id stands for.
  // The ranges are in order and cover `text` exactly; where normalisation
  // rewrote characters, the first token of the stretch owns it and the others
  // are empty; <bos> and <eos> are empty.
  absl::Status EncodeWithOffsets(std::string_view text, const EncodeOptions& options,
                                 Workspace* workspace, std::vector<TokenId>* ids,
                                 std::vector<ByteSpan>* offsets) const;

  // Appends the first ids of Encode, at most max_tokens, and returns how many bytes of
  // `text` they consumed: the end of the last one's range in EncodeWithOffsets,
  // so a stretch that normalisation rewrote goes with its first token. Time and
  // memory are in proportion to what was consumed and some KB more; kForbid alone
  // searches the whole text first.
  absl::StatusOr<std::int64_t> EncodeUpTo(std::int64_t max_tokens, std::string_view text,
                                          const EncodeOptions& options, Workspace* workspace,
                                          std::vector<TokenId>* ids) const;

  // The number of ids that Encode appends; keeps few of them at a time.
  absl::StatusOr<std::int64_t> CountTokens(std::string_view text, const EncodeOptions& options,
                                           Workspace* workspace) const;

  // Appends one random segmentation of `text`, a function of the options and
  // the text alone. Errors: a negative alpha, no nbest_size, a chunk too long for
  // kNBest. The weights for the latest few alphas are kept in the workspace: go
  // through a corpus with few of them at a time.
  absl::Status Sample(std::string_view text, const SampleOptions& sampling,
                      const EncodeOptions& options, Workspace* workspace,
                      std::vector<TokenId>* ids) const;

  // Appends to samples[i] what Sample gives for the sample number sampling.sample
  // + i, for all i: with kPerfect and kNBest for little more than the time of one.
  absl::Status SampleSeveral(std::string_view text, const SampleOptions& sampling,
                             const EncodeOptions& options, Workspace* workspace,
                             absl::Span<std::vector<TokenId>> samples) const;

  // The bytes of the ids. Error for an id outside the vocabulary, naming it and
  // its position.
  absl::StatusOr<std::string> Decode(absl::Span<const TokenId> ids,
                                     const DecodeOptions& options = {}) const;

  // Appends what one id stands for. False if the id is outside the vocabulary.
  bool AppendDecoded(TokenId id, const DecodeOptions& options, std::string* bytes) const;

  const Vocabulary& vocabulary() const;
  const SpecialTokens& special_tokens() const;
  const Model& model() const;
  // Whether the tables come from a compiled file.
  bool is_compiled() const;
  Normalization normalization() const;
  std::int64_t vocab_size() const { return vocabulary().size(); }

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  static absl::StatusOr<Tokenizer> FromLoaded(absl::StatusOr<LoadedModel> model,
                                              std::optional<Normalization> normalization);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
