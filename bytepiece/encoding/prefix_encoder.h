// SPDX-License-Identifier: Apache-2.0
// The first so many ids of a text, without looking at all of it. Used by
// Worker::EncodeUpTo only, which says what is promised.
//
// The text goes block by block through normalisation, cut just where Normalize
// cuts it, into an IncrementalSegmenter, until enough ids are out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/base/types.h"
#include "bytepiece/encoding/tokenizer_parts.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

// For one text.
class PrefixEncoder {
 public:
  // All must outlive this object. What the rule forbids must not stand in the text.
  PrefixEncoder(const TokenizerParts& parts, const SpecialTokenRule& rule,
                SegmenterScratch* scratch)
      : parts_(parts), rule_(rule), scratch_(scratch) {}

  struct Result {
    std::int64_t consumed = 0;  // bytes of the text, those of the last id included
    bool is_whole = false;      // no id of the text was left out, as far as is known
  };

  // Appends the first ids of `text`, at most max_tokens.
  Result Encode(std::size_t max_tokens, std::string_view text, std::vector<TokenId>* ids);

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

  const TokenizerParts& parts_;
  const SpecialTokenRule rule_;
  SegmenterScratch* scratch_;
  std::string_view text_;
  std::vector<TokenId>* ids_ = nullptr;
  std::size_t first_ = 0;  // of *ids_ that is ours
  std::size_t max_ids_ = 0;
  std::size_t consumed_ = 0;

  // The current run goes at least to run_end_; if run_is_known_, not further, and
  // token_ follows, if any.
  std::size_t run_end_ = 0;
  bool run_is_known_ = false;
  std::optional<SpecialTokens::Match> token_;

  std::vector<Block> blocks_;
  std::string normalized_;
};

}  // namespace bytepiece
