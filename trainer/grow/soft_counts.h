// SPDX-License-Identifier: Apache-2.0
// Counts of pieces by all segmentations instead of the best one, each in proportion to its
// probability: expected_uses.h with weights made of counts.
//
// The best segmentation gives all of a place to one piece and nothing to those that nearly
// won it, although on other text they may. Weighed, both count, and what a piece's loss
// would leave to others shows before it is lost.
//
// A segmentation weighs the product over its pieces of c / (sum of sqrt c)^2, c a piece's
// count so far: likelihood with a price on every token; as a logarithm, twice its
// PieceScores.
//
// Example: "the" 90 times, in each place with probability 9/10, else "t" + "he": "the" counts
// 81, the other two 9 more each, which the best segmentation would have given to "the".
#pragma once

#include <cstdint>
#include <vector>

#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/sampling/sampling_weights.h"
#include "bytepiece/sampling/weight_rows.h"

namespace bytepiece {

// Immutable; safe to share between threads.
class SoftCounts {
 public:
  // `scanner`: of the pieces. pieces[i].count is positive. empty() if the scanner is, or has
  // more sets of pieces than can be named.
  SoftCounts(const std::vector<Piece>& pieces, const PieceScanner& scanner);
  SoftCounts(const SoftCounts&) = delete;
  SoftCounts& operator=(const SoftCounts&) = delete;

  bool empty() const { return sets_.empty(); }

  // Indexed by piece, with sets(). A factor for every byte, which is the same for
  // all segmentations of a text, keeps totals near 1.
  const SamplingWeights& weights() const { return weights_; }

  // Bytes, for a piece, with those of ExpectedUses, one for each thread.
  static std::int64_t MemoryOf(std::size_t piece_length, int threads);

 private:
  WeightRows sets_;
  SamplingWeights weights_;
};

}  // namespace bytepiece
