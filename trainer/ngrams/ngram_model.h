// SPDX-License-Identifier: Apache-2.0
// The pruned byte n-gram language model: scores of all kept j-grams, j <= order.
//
// score(g) = ln count(g) - ln count(g without its last byte), each logarithm
// rounded on its own. A j-gram, j > 1, is kept if it was seen min_count times;
// all 256 single bytes are kept, a byte never seen counts as seen once. Since a
// prefix is at least as frequent, the kept ones form a trie.
//
// The trie is stored by levels: bytes and byte pairs by index, longer n-grams in
// families, the children of one n-gram, sorted and side by side, so that looking
// up one of them mostly touches one cache line. A count is stored as its rank among
// the distinct counts, of which a corpus of N bytes has less than sqrt(2 N) on a
// level, and the logarithms by rank: half the memory of a score, and the frequent
// small counts' logarithms stay in the cache. Memory: 5 bytes an n-gram of full
// order, 9 a shorter one, and 1 to 4 a family.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/large_pages.h"
#include "trainer/counts/count_run.h"

namespace bytepiece {

struct NgramModelOptions {
  int order = 6;
  std::int64_t min_count = 2;
  std::int64_t unit = 1;  // what a byte never seen counts (count_header.h)
  int threads = 1;
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
  // Called by the calling thread, now and then while runs are merged, which takes most of the
  // time.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

class NgramModel {
 public:
  // Builds a model from the runs of any counters of this order. Parallel over ranges of keys;
  // the result does not depend on `threads` nor on how counts were spread over
  // runs. Errors: n-grams of one length that take
  // 16 GB; more than max_bytes of
  // memory, with what would be needed; a damaged run.
  static absl::StatusOr<NgramModel> Build(const RunPointers& runs,
                                          const NgramModelOptions& options);

  int order() const { return order_; }

  // ln of a byte's count, and that less ln of the count of all bytes.
  double LogByteCount(std::uint8_t byte) const { return log_byte_counts_[byte]; }
  double ByteScore(std::uint8_t byte) const { return byte_scores_[byte]; }

  struct Node {
    std::uint32_t count_rank;  // kAbsent: was not kept
    std::uint32_t family;      // of its children, in families(3), or kNoFamily
  };
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
  static constexpr std::uint32_t kNoFamily = 0;

  const Node& Pair(std::uint8_t first, std::uint8_t second) const {
    return pairs_[(first << 8) | second];
  }

  // The families of the j-grams, 3 <= j <= order. A family is where its parent says,
  // and can be read kLabelPadding bytes beyond its end.
  const std::uint32_t* families(int j) const { return levels_[j - 3].words.get(); }
  static constexpr std::size_t kLabelPadding = 16;

  // A view of one: a byte, the number of children less 1; their last bytes, ascending;
  // from the next word on their count ranks, each of less than full order followed
  // by its own family.
  class Family {
   public:
    explicit Family(const std::uint32_t* words) : words_(words) {}
    std::size_t size() const { return std::size_t{*bytes()} + 1; }
    const std::uint8_t* labels() const { return bytes() + 1; }
    const std::uint32_t* entries() const { return words_ + HeaderWords(size()); }

    static std::size_t HeaderWords(std::size_t size) { return (size + 4) / 4; }

   private:
    const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(words_); }

    const std::uint32_t* words_;
  };
  std::size_t EntryWords(int j) const { return j < order_ ? 2 : 1; }

  const double* log_counts() const { return log_counts_.data(); }  // by rank

  std::int64_t num_ngrams() const { return num_ngrams_; }
  std::int64_t memory_bytes() const;

 private:
  friend class NgramModelBuilder;

  struct Free {
    std::size_t bytes;
    void operator()(std::uint32_t* words) const { FreeLarge(words, bytes); }
  };
  // Words of a family mix bytes and numbers, and are written once, by several threads.
  struct Level {
    std::unique_ptr<std::uint32_t[], Free> words;
    std::size_t bytes() const { return words == nullptr ? 0 : words.get_deleter().bytes; }
  };

  int order_ = 0;
  std::int64_t num_ngrams_ = 256;
  std::array<double, 256> log_byte_counts_ = {};
  std::array<double, 256> byte_scores_ = {};
  std::vector<double> log_counts_;
  std::vector<Node> pairs_;  // 65536
  std::vector<Level> levels_;
};

}  // namespace bytepiece
