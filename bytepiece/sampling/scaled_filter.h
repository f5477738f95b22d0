// SPDX-License-Identifier: Apache-2.0
// Backward filtering and forward drawing over one chunk (perfect_sampler.h tells
// what for). Internal to the samplers.
//
// B[s], the total weight of the segmentations of the chunk from s on, is kept as
// mantissa x 2^exponent, so that nothing underflows. But no exponent is touched
// where the numbers are ordinary: near the filter's position, B stands in a ring
// of plain doubles, all in one unit 2^u, and B[s] is a sum of plain products.
//
// Lemma. If the sum is within [2^-480, 2^480], it is B[s] in units of 2^u up to
// its rounding and a relative error below n 2^-112, n the number of pieces that
// start at s.
// Proof. Beside rounding only underflow loses anything, each time at most 2^-1074.
// Lost in a ring entry, it is multiplied by a weight of at most 2^400 (larger ones
// are infinite, and the sum not in range): below 2^-673. Lost in a weight, by an
// entry of at most 2^480: below 2^-593. Lost in a product: 2^-1074. Together below
// 2^-592 for each piece, which is 2^-112 of 2^-480.
//
// Where a sum is outside, B[s] is found from mantissas and exponents, and the
// ring is written anew in a unit that fits: once in some 900 bits of weight, that
// is hardly ever for a small alpha and every few hundred bytes for alpha 1. (For
// an alpha in the hundreds nearly every position goes that way: slow, but right.)
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/random.h"
#include "bytepiece/base/types.h"
#include "bytepiece/sampling/branch_sum.h"
#include "bytepiece/sampling/double_filter.h"
#include "bytepiece/sampling/sampling_weights.h"

namespace bytepiece {

// Positions filtered at once, unless pieces are long.
inline constexpr std::size_t kFilterBlock = std::size_t{1} << 14;

// Where the largest entry of a ring written anew lies: B mostly shrinks as the
// filter goes on.
inline constexpr int kRingStart = 400;

// The ring and the totals of a block, as an engine's Advance sees them.
struct FilterWindow {
  double* ring;          // by position & mask, in units of 2^unit
  std::size_t mask;      // more positions than the longest piece has bytes
  ScaledWeight* totals;  // of the block: totals[s - block_begin]
  std::size_t block_begin;
  std::int64_t unit;
};

// Scratch memory, reused from call to call. One per thread. Long chunks are
// filtered in blocks, so it stays below a few MB whatever the chunk.
struct SamplerScratch {
  std::vector<ScaledWeight> totals;       // B over one block and a piece beyond
  std::vector<ScaledWeight> checkpoints;  // B just after each block
  std::vector<double> ring;
  std::vector<std::uint32_t> states;  // of a scanner, over one block
  std::vector<double> uniforms;       // over one block

  DoubleFilterScratch plain;
  std::vector<std::size_t> ends;  // of the chunks of a block
  std::vector<std::size_t> hard;  // those among them that plain doubles do not do for
  std::vector<double> tails;      // of the blocks of a chunk
};

// Engine finds pieces:
//   void Load(begin, end)              before anything in the block [begin, end)
//   void ForEachMatch(position, f)     f(value, length) by ascending length, until
//                                      it gives false
//   const SamplingWeights& weights()
//   std::size_t Advance(from, window)  writes ring and totals of the positions
//       from - 1, from - 2, ... while the sum is in range and the block lasts;
//       returns the last position written (`from` if none was)
template <typename Engine>
class ScaledFilter {
 public:
  ScaledFilter(Engine* engine, std::size_t size, std::size_t max_length, SamplerScratch* scratch)
      : engine_(*engine),
        size_(size),
        scratch_(*scratch),
        tail_(std::min(max_length, size)),
        // Checkpoints then take at most a byte per byte of the chunk.
        block_(std::max(kMinBlock, (tail_ + 1) * sizeof(ScaledWeight))) {
    const std::size_t totals = std::min(block_, size) + tail_ + 1;
    if (scratch_.totals.size() < totals) scratch_.totals.resize(totals);
    const std::size_t blocks = (size + block_ - 1) / block_;
    scratch_.checkpoints.assign(blocks * (tail_ + 1), {});
    scratch_.ring.assign(std::bit_ceil(tail_ + 2), 0);
  }

  // Draws one path with each of the streams: ids[i] with randoms[i], whose numbers
  // are used by position: At(s) for the piece that starts at s. Leaves the streams at
  // the end of the chunk.
  void Sample(TokenId id_offset, absl::Span<RandomStream> randoms,
              absl::Span<std::vector<TokenId>> ids) {
    if (size_ == 0) return;
    const std::size_t last = (size_ - 1) / block_;
    Checkpoint(last)[0] = Normalized(1, 0);
    // Backwards once, keeping only what the block before needs ...
    for (std::size_t block = last; block > 0; --block) {
      FilterBlock(block);
      SaveCheckpoint(block - 1);
    }
    // ... then forwards, each block except the first filtered again from there.
    std::vector<std::size_t> positions(ids.size());
    for (std::size_t block = 0; block <= last; ++block) {
      const std::size_t end = std::min((block + 1) * block_, size_);
      FilterBlock(block);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        DrawUntil(end, id_offset, UniformsOf(randoms[i], end), &positions[i], &ids[i]);
      }
    }
    for (RandomStream& random : randoms) random.Advance(size_);
  }

 private:
  // Positions filtered at once, at least: 256 KB of totals.
  static constexpr std::size_t kMinBlock = kFilterBlock;

  // B at the end of `block` and the tail_ positions after it.
  ScaledWeight* Checkpoint(std::size_t block) {
    return scratch_.checkpoints.data() + block * (tail_ + 1);
  }

  // Saves from the totals of the block after it. Only ratios matter: the largest
  // exponent becomes 0, so that exponents do not grow with the chunk.
  void SaveCheckpoint(std::size_t block) {
    ScaledWeight* const saved = Checkpoint(block);
    std::int64_t largest = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i <= tail_; ++i) {
      saved[i] = Normalized(scratch_.totals[i].mantissa, scratch_.totals[i].exponent);
      if (saved[i].mantissa > 0) largest = std::max(largest, saved[i].exponent);
    }
    for (std::size_t i = 0; i <= tail_; ++i) saved[i].exponent -= largest;
  }

  void FilterBlock(std::size_t block) {
    begin_ = block * block_;
    const std::size_t end = std::min(begin_ + block_, size_);
    engine_.Load(begin_, end);
    std::copy_n(Checkpoint(block), tail_ + 1, scratch_.totals.begin() + (end - begin_));
    FilterWindow window{scratch_.ring.data(), scratch_.ring.size() - 1, scratch_.totals.data(),
                        begin_, 0};
    std::size_t at = end;
    while (at > begin_) {
      Realign(at, &window);
      at = engine_.Advance(at, &window);
      // The next one is out of range, and while the ring does not pay (a long
      // one costs as much as many positions), so are those before it.
      const std::size_t slow = std::min(at - begin_, 1 + tail_ / 16);
      for (std::size_t i = 0; i < slow; ++i) {
        --at;
        scratch_.totals[at - begin_] = ExactTotal(at);
      }
    }
  }

  // The uniform numbers by position, from the block's begin on.
  const double* UniformsOf(const RandomStream& random, std::size_t end) {
    const std::size_t size = end - begin_;
    scratch_.uniforms.resize(std::max(scratch_.uniforms.size(), size));
    random.Fill(begin_, {scratch_.uniforms.data(), size});
    return scratch_.uniforms.data();
  }

  // Writes the ring for the positions [at, at + tail_] in a unit that fits.
  void Realign(std::size_t at, FilterWindow* window) {
    const ScaledWeight* const totals = scratch_.totals.data() + (at - begin_);
    std::int64_t largest = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i <= tail_; ++i) {
      if (totals[i].mantissa > 0) {
        largest = std::max(largest, Normalized(totals[i].mantissa, totals[i].exponent).exponent);
      }
    }
    window->unit = largest - kRingStart;
    std::fill(scratch_.ring.begin(), scratch_.ring.end(), 0.0);
    for (std::size_t i = 0; i <= tail_; ++i) {
      if (!(totals[i].mantissa > 0)) continue;
      window->ring[(at + i) & window->mask] =
          InUnitsOf(Normalized(totals[i].mantissa, totals[i].exponent), window->unit);
    }
  }

  // The weight of the piece `value` of `length` bytes at `position` and of all
  // that may follow it.
  ScaledWeight Branch(std::size_t position, std::int32_t value, std::size_t length) const {
    const ScaledWeight& rest = scratch_.totals[position + length - begin_];
    return Product(engine_.weights()[value], Normalized(rest.mantissa, rest.exponent));
  }

  ScaledWeight ExactTotal(std::size_t position) {
    std::int64_t unit = std::numeric_limits<std::int64_t>::min();
    engine_.ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
      const ScaledWeight branch = Branch(position, value, length);
      if (branch.mantissa > 0) unit = std::max(unit, branch.exponent);
      return true;
    });
    double total = 0;
    engine_.ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
      total += InUnitsOf(Branch(position, value, length), unit);
      return true;
    });
    return Normalized(total, unit);
  }

  struct Piece {
    std::int32_t value = 0;
    std::size_t length = 0;
  };

  // The piece drawn by the uniform number u, in the same way as sampling_kernel.h.
  Piece Draw(std::size_t position, double u) const {
    const std::int64_t unit = scratch_.totals[position - begin_].exponent;
    const auto branch = [&](std::int32_t value, std::size_t length) {
      const ScaledWeight& rest = scratch_.totals[position + length - begin_];
      const double plain = engine_.weights().Plain(value);
      return rest.exponent == unit && plain <= kMostPlainWeight
                 ? plain * rest.mantissa
                 : InUnitsOf(Branch(position, value, length), unit);
    };
    BranchSum sum;
    Piece last;  // rounding may leave a rest: the last possible one has it
    std::array<std::int32_t, BranchSum::kMaxShort> values;
    engine_.ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
      const double weight = branch(value, length);
      sum.Add(length, weight);
      if (length > BranchSum::kMaxShort) return true;
      values[length - 1] = value;
      if (weight > 0) last = {value, length};
      return true;
    });
    const double threshold = u * sum.DrawTotal();
    if (const std::size_t length = sum.FirstAbove(threshold); length > 0) {
      return {values[length - 1], length};
    }
    double upto = sum.ShortTotal();
    engine_.ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
      if (length <= BranchSum::kMaxShort) return true;
      const double weight = branch(value, length);
      upto += weight;
      if (!(weight > 0)) return true;
      last = {value, length};
      return !(upto > threshold);
    });
    return last;
  }

  void DrawUntil(std::size_t end, TokenId id_offset, const double* uniforms, std::size_t* position,
                 std::vector<TokenId>* ids) const {
    while (*position < end) {
      const Piece piece = Draw(*position, uniforms[*position - begin_]);
      ids->push_back(id_offset + piece.value);
      *position += piece.length;
    }
  }

  Engine& engine_;
  std::size_t size_;
  SamplerScratch& scratch_;
  std::size_t tail_;
  std::size_t block_;
  std::size_t begin_ = 0;  // of the block at hand
};

}  // namespace bytepiece
