// SPDX-License-Identifier: Apache-2.0
// All segmentations of a text at once: the best ones, how probable pieces are, distinct random
// ones. For analysis, not for encoding: some 200 bytes of memory a byte of text.
//
//   auto all = bytepiece::Segmentations::Of(tokenizer, "woodchuck");
//   for (const auto& one : all->NBest(10)) std::cout << one.score << " " << one.ids.size() << "\n";
//
// A segmentation's probability is in proportion to exp(alpha x score): alpha 0 makes all alike, 1
// is the model's own. Its score is the sum of its pieces' (Vocabulary::PieceScore).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

struct ScoredSegmentation {
  std::vector<TokenId> ids;
  double score = 0;  // in nats
};

// A piece where it may stand.
struct PieceOccurrence {
  TokenId id = -1;
  ByteSpan span;           // bytes of the normalised text
  double probability = 0;  // that a segmentation has it there
};

struct DistinctSegmentation {
  std::vector<TokenId> ids;
  double log_probability = 0;
  // That it is among so many distinct ones: f(ids) probability / inclusion, summed over them, has
  // the mean of f over all segmentations. 1 if there are no more.
  double inclusion = 1;
};

class BYTEPIECE_EXPORT Segmentations {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  // The segmentations of `text`, normalised as the tokenizer does; special tokens are plain text,
  // and no piece crosses the end of a line, as in Encode. Error if that has more than kMostBytes.
  static absl::StatusOr<Segmentations> Of(const Tokenizer& tokenizer, std::string_view text);

  Segmentations(Segmentations&&) noexcept;
  Segmentations& operator=(Segmentations&&) noexcept;
  ~Segmentations();

  // The text that `span`s are ranges of. Good for as long as this object.
  std::string_view normalized() const;

  // The n of the best scores, best first, or all if they are fewer. The first is what Encode
  // gives, except for sums over several lines that rounding makes equal.
  std::vector<ScoredSegmentation> NBest(std::size_t n) const;

  // All pieces that occur, by end, then longest first. 0 <= alpha <= 1e11.
  std::vector<PieceOccurrence> Occurrences(double alpha) const;

  // The logarithm of the sum of exp(alpha x score) over all segmentations: for alpha 0, of
  // their number. The entropy of the distribution, in nats, and its mean number of tokens.
  struct Summary {
    double log_z = 0;
    double entropy = 0;
    double expected_tokens = 0;
  };
  Summary Summarize(double alpha) const;

  // n distinct segmentations drawn without replacement, or all if they are fewer: a function of
  // text, n, alpha and (seed, document, sample).
  std::vector<DistinctSegmentation> SampleDistinct(std::size_t n, double alpha, std::uint64_t seed,
                                                   std::uint64_t document = 0,
                                                   std::uint32_t sample = 0) const;

 private:
  struct BYTEPIECE_HIDDEN Impl;
  BYTEPIECE_HIDDEN explicit Segmentations(std::unique_ptr<const Impl> impl);

  std::unique_ptr<const Impl> impl_;
};

}  // namespace bytepiece::inline v0
