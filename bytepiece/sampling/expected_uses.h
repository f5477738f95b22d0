// SPDX-License-Identifier: Apache-2.0
// How often each piece is used on average by the segmentations of a text, each having
// the probability with which perfect sampling draws it: posterior.h's edges, summed by
// piece, in a few times the time of encoding.
//
// Backwards the filter of sampling gives B[s], the weight of all segmentations from s on;
// forwards goes M[s], the probability of a boundary at s:
//   M[begin] = 1; the piece w at s is used with probability
//   p = M[s] weight(w) B[s + |w|] / B[s], which is added to M[s + |w|].
//
// A boundary of a probability below 2^-40 is taken for none.
//
// Example: pieces a, b, ab of weights 1/2, 1/2, 1/4 and the text "ab": B[0] = 1/4 + 1/4,
// so ab is used 1/2 times, a and b as often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/sampling/double_filter.h"
#include "bytepiece/sampling/perfect_sampler.h"
#include "bytepiece/sampling/sampling_weights.h"

namespace bytepiece {

// For one thread. The sums are the same for every kernel, and do not depend on
// which strings are handed over together.
class ExpectedUses {
 public:
  // weights.sets() must not be null, and of `scanner`. Both must outlive this object.
  ExpectedUses(const PieceScanner& scanner, const SamplingWeights& weights,
               SamplingKernel kernel = BestSamplingKernel());
  ExpectedUses(const ExpectedUses&) = delete;
  ExpectedUses& operator=(const ExpectedUses&) = delete;

  // Adds up the uses in strings that lie one after the other in `text`, string i ending
  // at ends[i] (ascending); after each calls added(i, is_in), in order. Not in is a string
  // with weights that differ more than doubles can tell within the longest piece's reach, or
  // with a piece of more than kMostPlainWeight.
  template <typename Added>
  void AddEach(std::string_view text, absl::Span<const std::size_t> ends, const Added& added) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size();) {
      if (ends[i] - begin > kFilterBlock) {
        const bool is_in = AddLong(text.substr(begin, ends[i] - begin));
        added(i, is_in);
        begin = ends[i++];
        continue;
      }
      const std::size_t count = SumBlock(text.substr(begin), ends.subspan(i), begin);
      for (std::size_t k = 0; k < count; ++k) added(i + k, AddOfBlock(k));
      i += count;
      begin = ends[i - 1];
    }
  }

  // One use more, or several, of a piece.
  void Add(std::int32_t value, double uses) {
    if (by_value_[value] == 0) seen_.push_back(value);
    by_value_[value] += uses;
  }

  // Calls visit(value, uses) for each piece used since the last call, and starts anew.
  template <typename Visit>
  void Take(const Visit& visit) {
    AddPlaces();
    for (const std::int32_t value : seen_) {
      visit(value, by_value_[value]);
      by_value_[value] = 0;
    }
    seen_.clear();
  }

 private:
  // The sums of a string in the block at hand.
  struct Sums {
    std::size_t begin;
    std::size_t end;
    double total;  // B[begin]; its place is the end of the string before
    bool is_plain;
  };

  // Filters the strings that fit a block; returns how many. ends[i] - base is where one ends.
  std::size_t SumBlock(std::string_view text, absl::Span<const std::size_t> ends, std::size_t base);
  bool AddOfBlock(std::size_t index);
  bool AddLong(std::string_view text);
  // The forward pass over [begin, end) of the block.
  void Forward(std::size_t begin, std::size_t end, double first_total);
  void AddPlaces();

  const PieceScanner& scanner_;
  const SamplingWeights& weights_;
  DoubleFilterScratch scratch_;
  DoubleFilter filter_;
  std::size_t tail_;  // the filter's
  std::vector<std::size_t> block_ends_;
  std::vector<Sums> sums_;
  std::vector<double> tails_;       // of a long string's blocks
  std::vector<double> boundaries_;  // M; 0 but where it is needed
  // The sums by place of the sets, then by value.
  std::vector<double> by_place_;
  std::vector<char> has_row_;           // whether a row is in touched_
  std::vector<std::uint32_t> touched_;  // words of rows, in the order of their first use
  std::vector<double> by_value_;
  std::vector<std::int32_t> seen_;
};

}  // namespace bytepiece
