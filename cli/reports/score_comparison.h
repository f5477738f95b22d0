// SPDX-License-Identifier: Apache-2.0
// convert --compare: what other scores of the same pieces make of a text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// Between two positions that both segmentations of a text have, and no others, they are either
// the same token or differ in all. The tokens of the first segmentation that differ are the ids
// that change; by an exact tie, if there the other's have the same sum of whole scores.
//
//   a|bc|d and ab|c|d: of 3 ids 2 change.
struct ScoreComparison {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t tokens_before = 0;
  std::int64_t tokens_after = 0;
  std::int64_t changed = 0;  // of tokens_before
  std::int64_t tied = 0;     // of changed
};

// For one thread. The tokenizers have the same pieces and normalisation, and the comparer does not
// outlive them.
class ScoreComparer {
 public:
  // `whole_scores`, one for each piece, tell ties.
  ScoreComparer(const Tokenizer& before, const Tokenizer& after,
                absl::Span<const std::int16_t> whole_scores);

  void Add(std::string_view document);

  const ScoreComparison& result() const { return result_; }

 private:
  std::int64_t WholeScoreOf(absl::Span<const TokenId> ids) const;

  const Vocabulary& vocabulary_;
  Worker before_;
  Worker after_;
  absl::Span<const std::int16_t> whole_scores_;
  std::vector<TokenId> ids_before_;
  std::vector<TokenId> ids_after_;
  ScoreComparison result_;
};

// The figures as some lines of text.
std::string ComparisonText(const ScoreComparison& comparison);

}  // namespace bytepiece
