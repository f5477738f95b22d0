// SPDX-License-Identifier: Apache-2.0
// The two inner loops of perfect sampling, plain: sums from right to left, and a draw
// at one position. sampling_kernel_avx512.h gives the same to the bit. Internal to
// plain_filter.cc.
//
// `words` are those of the positions (SamplingSets::WordOf), `totals` the filter's B in
// some unit. Behind the last position that counts there must be ordinary numbers,
// any, as far as pieces reach, and 8 at least.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytepiece/backward_filter.h"
#include "bytepiece/branch_sum.h"
#include "bytepiece/sampling_sets.h"
#include "bytepiece/sampling_weights.h"

namespace bytepiece {

// Of a position with `word`: after[i] is the total i + 1 positions on.
inline BranchSum Branches(const SamplingWeights& weights, std::uint32_t word, const double* after) {
  static_assert(SamplingSets::kRow == BranchSum::kMaxShort);
  const double* const row = weights.placed() + SamplingSets::FirstPlace(word);
  BranchSum sum;
  for (std::size_t i = 0; i < SamplingSets::kRow; ++i) sum.Add(i + 1, row[i] * after[i]);
  if ((word & SamplingSets::kHasLong) != 0) {
    weights.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
      sum.Add(length, weights.placed()[place] * after[length - 1]);
      return true;
    });
  }
  return sum;
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
inline std::size_t DrawPlain(const SamplingWeights& weights, std::uint32_t word,
                             const double* after, double u) {
  const BranchSum sum = Branches(weights, word, after);
  const double threshold = u * sum.DrawTotal();
  if (const std::size_t length = sum.FirstAbove(threshold); length > 0) return length;
  std::size_t last = sum.LastPossible();  // rounding may leave a rest: the last one has it
  if ((word & SamplingSets::kHasLong) == 0) return last;
  double upto = sum.ShortTotal();
  weights.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
    const double branch = weights.placed()[place] * after[length - 1];
    upto += branch;
    if (branch > 0) last = length;
    return !(branch > 0 && upto > threshold);
  });
  return last;
}

}  // namespace bytepiece
