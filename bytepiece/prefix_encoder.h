// SPDX-License-Identifier: Apache-2.0
// The first so many ids of a text, without looking at all of it. Used by
// Tokenizer::EncodeUpTo only, which says what is promised.
//
// The text goes block by block through normalisation, cut just where Normalize
// cuts it, into an IncrementalSegmenter, until enough ids are out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece {

// For one text.
class PrefixEncoder {
 public:
  // All but the normalization must outlive this object.
  PrefixEncoder(const Vocabulary& vocabulary, const SpecialTokens& special_tokens,
                Normalization normalization, const EncodeOptions& options, ViterbiScratch* scratch,
                FastViterbiScratch* fast_scratch)
      : vocabulary_(vocabulary),
        special_tokens_(special_tokens),
        normalization_(normalization),
        options_(options),
        scratch_(scratch),
        fast_scratch_(fast_scratch) {}

  absl::StatusOr<std::int64_t> Encode(std::int64_t max_tokens, std::string_view text,
                                      std::vector<TokenId>* ids);

 private:
  // Where a block begins in the text and in the normalised run.
  struct Block {
    std::size_t begin;
    std::size_t end;
    std::size_t normalized_begin;
  };

  bool IsFull() const { return ids_->size() >= first_ + max_ids_; }
  void EncodeRun(std::size_t begin);
  std::string_view NextBlock(std::size_t begin);
  void SearchOn();
  std::size_t ConsumedOfRun(std::size_t run_first);

  const Vocabulary& vocabulary_;
  const SpecialTokens& special_tokens_;
  const Normalization normalization_;
  const EncodeOptions& options_;
  ViterbiScratch* scratch_;
  FastViterbiScratch* fast_scratch_;
  std::string_view text_;
  std::vector<TokenId>* ids_ = nullptr;
  std::size_t first_ = 0;  // of *ids_ that is ours
  std::size_t max_ids_ = 0;
  std::size_t consumed_ = 0;

  // The current run goes at least to run_end_; if run_is_known_, not further, and
  // match_ follows, if any.
  std::size_t run_end_ = 0;
  bool run_is_known_ = false;
  SpecialTokens::Match match_;

  std::vector<Block> blocks_;
  std::string normalized_;
};

}  // namespace bytepiece
