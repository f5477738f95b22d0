// SPDX-License-Identifier: Apache-2.0
// Backward filtering in plain doubles, and drawing from it: what perfect_sampler.h tells,
// fast, for all that is ordinary; the rest is left to scaled_filter.h. Internal to
// perfect_sampler.cc and expected_uses.cc.
//
// A block is a row of positions, a part of a chunk or several chunks. Its totals stand
// one after the other, those of a chunk in a common unit that nobody needs to know, as
// only ratios matter. Where a total is out of the range in which it is exact (the lemma
// in scaled_filter.h), those a piece can reach from there are written anew in another
// unit, by a power of two; after them the unit *changes*. Draws whose pieces reach over
// a change are marked, and put right what they read.
//
// Example, range [1/4, 4], longest piece 2: totals from the right 1, 1/2, 1/4, then 1/8,
// which is out. Written anew in units of 1/16, the last two are 8 and 4, and then comes 2:
// 2 4 8 | 1. A draw at the 8 takes the 1 for 16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytepiece/base/types.h"
#include "bytepiece/sampling/sampling_weights.h"

namespace bytepiece {

struct DoubleFilterScratch {
  std::vector<std::uint32_t> words;
  std::vector<double> totals;
  std::vector<double> tail;
  std::vector<double> uniforms;       // of a block, for the user
  std::vector<std::uint8_t> lengths;  // of the pieces drawn, by position
  std::vector<std::uint32_t> places;  // of the pieces drawn, in order
};

class DoubleFilter {
 public:
  // Filters by pieces of at most max_length bytes. weights.sets() must not be null. `vector`: by
  // AVX-512, which must be there.
  DoubleFilter(const SamplingWeights& weights, std::size_t max_length, bool vector,
               DoubleFilterScratch* scratch);

  // How many positions after a position a piece can reach, or a kernel reads.
  std::size_t tail() const { return tail_; }

  // A new block; write the state of each of its positions to the states given back, of
  // which max_length after them may be used too, then call Start.
  std::uint32_t* States(std::size_t size);
  void Start();

  // Finds the totals of the chunk [begin, end), or of a part of one that goes on
  // after the block (end is the block's) with `after`, which CopyTail gave. Call it from
  // right to left. False if that takes more than plain doubles; the totals of the chunk
  // are then useless, those of others good.
  bool Sum(std::size_t begin, std::size_t end, const double* after = nullptr);

  // The totals of `position` and the max_length positions after it, in one unit. False if
  // no unit holds them.
  bool CopyTail(std::size_t position, double* tail) const;

  // After Sum, a position's word (WeightRows), kFree if a piece that starts there
  // reaches over a change of unit.
  std::uint32_t WordAt(std::size_t position) const { return words_[position]; }
  // The totals from there on, each in its own unit.
  const double* TotalsFrom(std::size_t position) const { return totals_ + position; }
  // The weight of a piece that starts there and of all that may follow it, in the
  // position's unit.
  double BranchAt(std::size_t position, std::size_t length, std::size_t place) const;

  // Draws the path through the chunks, or parts, of [*position, end), all of which must have
  // been summed, with uniforms[s] for the piece that starts at s. Appends id_offset + value
  // of each piece that starts before `end` and moves `position` to where the next one does.
  void Draw(std::size_t end, const double* uniforms, TokenId id_offset, std::size_t* position,
            std::vector<TokenId>* ids);

 private:
  // Behind which the totals are in another unit: there 2^-exponent of it.
  struct Change {
    std::size_t from;
    int exponent;
  };

  bool ChangeUnit(std::size_t position);
  // tail[i] becomes the total of position + i, tail_ + 1 in all, in the unit of `position`.
  void CopyInUnitOf(std::size_t position, double* tail) const;
  std::int64_t ExponentBetween(std::size_t from, std::size_t to) const;
  std::size_t DrawAt(std::size_t position, double u) const;
  static std::size_t SlowDrawAt(const void* filter, std::size_t position);

  const SamplingWeights& weights_;
  std::size_t tail_;  // positions a piece can reach, and a register
  bool vector_;
  DoubleFilterScratch& scratch_;
  std::size_t size_ = 0;
  std::uint32_t* words_ = nullptr;
  double* totals_ = nullptr;
  const double* uniforms_ = nullptr;  // of the drawing under way
  std::size_t last_ = 0;              // total of the chunk at hand
  std::vector<Change> changes_;       // from right to left
};

}  // namespace bytepiece
