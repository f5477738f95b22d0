// SPDX-License-Identifier: Apache-2.0
// The two inner loops of perfect sampling, plain: sums from right to left, and a draw
// at one position. sampling_kernel_avx512.h gives the same to the bit. Internal to
// double_filter.cc.
//
// `words` are those of the positions (WeightRows::WordOf), `totals` the filter's B in
// some unit. Behind the last position that counts there must be ordinary numbers,
// any, as far as pieces reach, and 8 at least.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytepiece/sampling/branch_sum.h"
#include "bytepiece/sampling/sampling_weights.h"
#include "bytepiece/sampling/weight_rows.h"

namespace bytepiece {

// The branches of a position with `word`: branch(length, place) is one's weight.
template <typename Branch>
BranchSum SumBranches(const SamplingWeights& weights, std::uint32_t word, const Branch& branch) {
  static_assert(WeightRows::kRow == BranchSum::kMaxShort);
  BranchSum sum;
  weights.sets()->ForEachPlace(
      word, [&](std::size_t length, std::size_t place) { sum.Add(length, branch(length, place)); });
  return sum;
}

// after[i] is the total i + 1 positions on.
inline BranchSum Branches(const SamplingWeights& weights, std::uint32_t word, const double* after) {
  return SumBranches(weights, word, [&](std::size_t length, std::size_t place) {
    return weights.placed()[place] * after[length - 1];
  });
}

// The totals of the positions before `from`, in turn, while they are in range and not
// before `begin`; returns the last one written, or `from`.
inline std::size_t SumPlain(const SamplingWeights& weights, const std::uint32_t* words,
                            std::size_t from, std::size_t begin, double* totals) {
  while (from > begin) {
    const double total = Branches(weights, words[from - 1], totals + from).Total();
    if (!(total >= kLeastPlainTotal && total <= kMostPlainTotal)) break;
    totals[--from] = total;
  }
  return from;
}

// The length of the piece that the uniform number u draws.
template <typename Branch>
std::size_t DrawBranch(const SamplingWeights& weights, std::uint32_t word, const Branch& branch,
                       double u) {
  const BranchSum sum = SumBranches(weights, word, branch);
  const double threshold = u * sum.DrawTotal();
  if (const std::size_t length = sum.FirstAbove(threshold); length > 0) return length;
  std::size_t last = sum.LastPossible();  // rounding may leave a rest: the last one has it
  if ((word & WeightRows::kHasLong) == 0) return last;
  double upto = sum.ShortTotal();
  weights.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
    const double weight = branch(length, place);
    upto += weight;
    if (weight > 0) last = length;
    return !(weight > 0 && upto > threshold);
  });
  return last;
}

inline std::size_t DrawPlain(const SamplingWeights& weights, std::uint32_t word,
                             const double* after, double u) {
  return DrawBranch(
      weights, word,
      [&](std::size_t length, std::size_t place) {
        return weights.placed()[place] * after[length - 1];
      },
      u);
}

}  // namespace bytepiece
