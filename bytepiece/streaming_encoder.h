// SPDX-License-Identifier: Apache-2.0
// Bytes in any cuts into the ids that Tokenizer::Encode gives for the whole, each
// as soon as it is final: once no byte that may follow can change it.
//
// Held back are: what may be the start of a special token, if these matter; the
// characters at the end that may still be joined by a combining mark, under NFC;
// the stretch where the best paths differ (incremental_segmenter.h), in text some
// words. Memory is in proportion to that, not to the text; the worst cases are a
// run of combining marks and a line on which the paths never meet, which are
// held until they end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/segmentation/incremental_segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// Example: Feed each block that arrives, then Finish. The tokenizer must outlive
// the encoder.
class StreamingEncoder {
 public:
  explicit StreamingEncoder(const Tokenizer* tokenizer, EncodeOptions options = {});

  // Appends the ids that became final. Fails only under SpecialTokenPolicy::kForbid,
  // when the text spells a special token, and then for good: the ids before
  // it are out already.
  absl::Status Feed(std::string_view bytes, std::vector<TokenId>* ids);

  // Appends the rest. Afterwards the encoder is ready for another document, also
  // after an error.
  absl::Status Finish(std::vector<TokenId>* ids);

  // Bytes held back, normalised in part. 0 after Finish.
  std::size_t pending() const {
    return unsearched_.size() + unnormalized_.size() + segmenter_.pending();
  }

 private:
  absl::Status Advance(bool at_end, std::vector<TokenId>* ids);
  std::size_t FirstUndecided(std::string_view text) const;
  void FeedRun(std::string_view text, std::vector<TokenId>* ids);
  void FinishRun(std::vector<TokenId>* ids);
  void Segment(std::string_view text, std::vector<TokenId>* ids);

  const Tokenizer* tokenizer_;
  EncodeOptions options_;
  bool started_ = false;
  std::int64_t searched_bytes_ = 0;  // before unsearched_
  absl::Status failed_;
  std::string unsearched_;       // for special tokens, which stand in text as it is
  std::string unnormalized_;     // of a run of text between special tokens
  std::size_t no_boundary_ = 0;  // before this position of unnormalized_
  IncrementalSegmenter segmenter_;
  ViterbiScratch scratch_;
  FastViterbiScratch fast_scratch_;
  std::string normalized_;
};

}  // namespace bytepiece
