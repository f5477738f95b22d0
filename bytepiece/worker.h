// SPDX-License-Identifier: Apache-2.0
// Text to ids, with memory that calls reuse: what a thread asks a tokenizer for.
//
//   bytepiece::Worker worker = tokenizer.NewWorker();
//   std::vector<bytepiece::TokenId> ids;
//   for (const std::string& line : lines) {
//     ids.clear();
//     if (absl::Status status = worker.Encode(line, options, &ids); !status.ok()) return status;
//   }
//
// Results are appended, and are functions of model, text and options alone. A call that fails
// leaves its results as they were.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"

namespace bytepiece {
class TokenizerParts;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

// Made by Tokenizer::NewWorker; keeps what it needs of the tokenizer, which may go. Not for two
// calls at once. Some 300 kB, more after sampling.
class BYTEPIECE_EXPORT Worker {
 public:
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;
  ~Worker();

  // Appends the ids of `text` to *ids. Fails only under SpecialTokenPolicy::kForbid, or where
  // memory ends, as any call may.
  absl::Status Encode(std::string_view text, const EncodeOptions& options,
                      std::vector<TokenId>* ids);

  // As Encode, with the half-open range of `text` that each id stands for, in
  // options.offset_unit. The ranges are in order and cover `text` exactly. Where normalisation
  // rewrote characters, the first token of the stretch owns it and the others
  // are empty; a code point belongs to the token that has its first byte, as if that were all of
  // it. <bos> and <eos> are empty.
  absl::Status EncodeWithOffsets(std::string_view text, const EncodeOptions& options,
                                 std::vector<TokenId>* ids, std::vector<ByteSpan>* offsets);

  // Appends the first ids of Encode, at most max_tokens, and returns how many bytes of
  // `text` they consumed: the end of the last one's range in EncodeWithOffsets, in bytes,
  // so a stretch that normalisation rewrote goes with its first token. Time and
  // memory are in proportion to what was consumed and some KB more; kForbid alone
  // searches the whole text first.
  absl::StatusOr<std::int64_t> EncodeUpTo(std::int64_t max_tokens, std::string_view text,
                                          const EncodeOptions& options, std::vector<TokenId>* ids);

  // The number of ids that Encode appends; keeps few of them at a time.
  absl::StatusOr<std::int64_t> CountTokens(std::string_view text, const EncodeOptions& options);

  // Appends one random segmentation of `text`, a function of the options and
  // the text alone. Errors: a negative alpha, no nbest_size, a chunk too long for
  // kNBest. The weights for the latest few alphas are kept: go through a corpus with few of
  // them at a time.
  absl::Status Sample(std::string_view text, const SampleOptions& sampling,
                      const EncodeOptions& options, std::vector<TokenId>* ids);

  // Appends to samples[i] what Sample gives for the sample number sampling.sample
  // + i, for all i: with kPerfect and kNBest for little more than the time of one.
  absl::Status SampleSeveral(std::string_view text, const SampleOptions& sampling,
                             const EncodeOptions& options,
                             absl::Span<std::vector<TokenId>> samples);

 private:
  friend class Tokenizer;
  struct BYTEPIECE_HIDDEN Impl;
  explicit Worker(std::shared_ptr<const TokenizerParts> parts);

  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece::inline v0
