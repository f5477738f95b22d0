// SPDX-License-Identifier: Apache-2.0
// The pruned byte n-gram language model: scores of all kept j-grams, j <= order.
//
// score(g) = ln count(g) - ln count(g without its last byte), each logarithm
// rounded on its own. A j-gram, j > 1, is kept if it was seen min_count times;
// all 256 single bytes are kept, a byte never seen counts as seen once. Since a
// prefix is at least as frequent, the kept ones form a trie.
//
// The trie is stored by levels, each sorted: labels, counts and, for each
// entry, where its children begin on the next level. Bytes and byte pairs are
// looked up by index, longer n-grams among their prefix's children. A count is
// stored as its rank among the distinct counts, of which a corpus of N bytes has
// less than sqrt(2 N) on a level, and the logarithms by rank: half the memory of
// a score, and the frequent small counts' logarithms stay in the cache. Memory:
// 5 bytes an n-gram of full order, 9 a shorter one.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/count_run.h"

namespace bytepiece {

struct NgramModelOptions {
  int order = 6;
  std::int64_t min_count = 2;
  std::int64_t unit = 1;  // what a byte never seen counts (count_header.h)
  int threads = 1;
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
};

class NgramModel {
 public:
  // An n-gram of at least 2 bytes: its place on its level.
  using Index = std::uint32_t;
  static constexpr Index kAbsent = 0xFFFFFFFF;

  // From the runs of any counters of this order. Parallel over ranges of keys;
  // the result does not depend on `threads` nor on how counts were spread over
  // runs. Errors: more than 2^32 n-grams of one length; more than max_bytes of
  // memory, with what would be needed; a damaged run.
  static absl::StatusOr<NgramModel> Build(const RunPointers& runs,
                                          const NgramModelOptions& options);

  int order() const { return order_; }

  // ln of a byte's count, and that less ln of the count of all bytes.
  double LogByteCount(std::uint8_t byte) const { return log_byte_counts_[byte]; }
  double ByteScore(std::uint8_t byte) const { return byte_scores_[byte]; }

  // The 2-gram, or kAbsent.
  Index FindPair(std::uint8_t first, std::uint8_t second) const {
    return pairs_[(first << 8) | second];
  }

  // Side by side, because a look-up needs both.
  struct Node {
    std::uint32_t count_rank;
    Index children;  // where they begin on the next level, and the node before's end
  };
  // Level j holds the j-grams, 2 <= j <= order.
  static constexpr std::size_t kLabelPadding = 16;
  struct Level {
    std::vector<std::uint8_t> labels;        // the last byte; then kLabelPadding zeros
    std::vector<Node> nodes;                 // one more than entries; empty on the last level
    std::vector<std::uint32_t> count_ranks;  // of the last level only
  };
  const Level& level(int j) const { return levels_[j - 2]; }

  const double* log_counts() const { return log_counts_.data(); }  // by rank

  std::int64_t num_ngrams() const { return num_ngrams_; }
  std::int64_t memory_bytes() const;

 private:
  friend class NgramModelBuilder;

  int order_ = 0;
  std::int64_t num_ngrams_ = 256;
  std::array<double, 256> log_byte_counts_ = {};
  std::array<double, 256> byte_scores_ = {};
  std::vector<double> log_counts_;
  std::vector<Index> pairs_;  // 65536
  std::vector<Level> levels_;
};

}  // namespace bytepiece
