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
#include "bytepiece/fast_viterbi.h"
#include "bytepiece/special_tokens.h"
#include "bytepiece/types.h"
#include "bytepiece/viterbi.h"

namespace bytepiece {

class Tokenizer;
struct EncodeOptions;

// For one text.
class PrefixEncoder {
 public:
  PrefixEncoder(const Tokenizer* tokenizer, const EncodeOptions& options, ViterbiScratch* scratch,
                FastViterbiScratch* fast_scratch)
      : tokenizer_(*tokenizer), options_(options), scratch_(scratch), fast_scratch_(fast_scratch) {}

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

  const Tokenizer& tokenizer_;
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
