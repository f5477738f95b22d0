// SPDX-License-Identifier: Apache-2.0
// The pruned byte n-gram language model: scores of all kept j-grams, j <= order.
//
// score(g) = ln count(g) - ln count(g without its last byte), each logarithm
// rounded on its own. A j-gram, j > 1, is kept if it was seen min_count times;
// all 256 single bytes are kept, a byte never seen counts as seen once. Since a
// prefix is at least as frequent, the kept ones form a trie.
//
// The trie is stored by levels, each sorted: labels, scores and, for each
// entry, where its children begin on the next level. Bytes and byte pairs are
// looked up by index, longer n-grams among their prefix's children. Memory: 9
// bytes an n-gram of full order, 13 a shorter one.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/ngram_counter.h"

namespace bytepiece {

class NgramModel {
 public:
  // An n-gram of at least 2 bytes: its place on its level.
  using Index = std::uint32_t;
  static constexpr Index kAbsent = 0xFFFFFFFF;

  // From the merged runs of any counters of this order. Parallel over ranges of
  // keys; the result does not depend on `threads` nor on how counts were spread
  // over runs. Error: more than 2^32 n-grams of one length.
  template <typename Key>
  static absl::StatusOr<NgramModel> Build(const std::vector<SortedRun<Key>>& runs, int order,
                                          std::int64_t min_count, int threads);

  int order() const { return order_; }

  double ByteScore(std::uint8_t byte) const { return byte_scores_[byte]; }

  // The 2-gram, or kAbsent.
  Index FindPair(std::uint8_t first, std::uint8_t second) const {
    return pairs_[(first << 8) | second];
  }

  // Level j holds the j-grams, 2 <= j <= order.
  struct Level {
    std::vector<std::uint8_t> labels;  // the last byte
    std::vector<double> scores;
    std::vector<Index> children;  // where they begin on level j + 1; one more than
                                  // entries; empty on the last level
  };
  const Level& level(int j) const { return levels_[j - 2]; }

  std::int64_t num_ngrams() const;

 private:
  int order_ = 0;
  std::array<double, 256> byte_scores_ = {};
  std::vector<Index> pairs_;  // 65536
  std::vector<Level> levels_;
};

}  // namespace bytepiece
