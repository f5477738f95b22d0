// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/double_filter.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "bytepiece/sampling/sampling_kernel.h"
#include "bytepiece/sampling/sampling_kernel_avx512.h"

namespace bytepiece {
namespace {

// The largest total written anew: at the far end of the range from where the next
// ones leave it, as the totals of a text mostly go one way.
constexpr int kHigh = 400;
constexpr int kLow = -400;

// From this alpha on, totals fall as the filter goes on, by 2 bits a byte and more at
// alpha 1; towards 0 they rise. Only a guess is needed.
constexpr double kFallsFrom = 0.5;

// Between these all that is written anew lies, with room for branches that are smaller;
// nothing that is copied is beyond kMost.
constexpr int kLowest = -700;
constexpr int kHighest = 900;
constexpr double kMost = 0x1p1000;

// As ldexp, rounded alike. x is not negative.
double TimesPowerOf2(double x, int exponent) {
  constexpr int kBias = 1023;
  if (exponent < -kBias + 1 || exponent > kBias) return std::ldexp(x, exponent);
  return x * std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kBias) << 52);
}

// Read before a block, by kernels.
constexpr std::size_t kWordsBefore = kSumAhead + kSumStep;

// Shorter stretches are not worth several paths.
constexpr std::size_t kLeastWalk = 128;

}  // namespace

DoubleFilter::DoubleFilter(const SamplingWeights& weights, std::size_t max_length, bool vector,
                           DoubleFilterScratch* scratch)
    : weights_(weights),
      tail_(std::max(max_length, WeightRows::kRow)),
      vector_(vector),
      scratch_(*scratch) {
  scratch_.tail.resize(tail_ + 1);
}

std::uint32_t* DoubleFilter::States(std::size_t size) {
  size_ = size;
  const std::size_t needed = kWordsBefore + size + PieceScanner::kMaxLength;
  if (scratch_.words.size() < needed) scratch_.words.resize(needed);
  words_ = scratch_.words.data() + kWordsBefore;
  return words_;
}

void DoubleFilter::Start() {
  const WeightRows& sets = *weights_.sets();
  for (std::size_t i = 0; i < size_; ++i) words_[i] = sets.WordOf(words_[i]);
  std::fill_n(scratch_.words.begin(), kWordsBefore, 0);
  const std::size_t needed = kSumStep + size_ + tail_ + 1;
  if (scratch_.totals.size() < needed) scratch_.totals.resize(needed);
  totals_ = scratch_.totals.data() + kSumStep;
  std::fill_n(totals_ + size_, tail_ + 1, 0.0);
  changes_.clear();
}

bool DoubleFilter::Sum(std::size_t begin, std::size_t end, const double* after) {
  if (after == nullptr) {
    // The total of the chunk to the right, which nobody needs any more.
    totals_[end] = weights_.alpha() < kFallsFrom ? 1.0 : std::ldexp(1, kHigh);
    last_ = end;
  } else {
    std::copy_n(after, tail_ + 1, totals_ + end);
    last_ = end + tail_;
  }
  bool has_changed = false;
  for (std::size_t at = end;;) {
    std::size_t next = at;
    std::size_t until = begin;
    if (vector_) {
      next = SumAvx512(weights_, words_, at, begin, at == last_, totals_);
      until = next - std::min(next - begin, kSumStep);  // to find which is out of range
    }
    next = SumPlain(weights_, words_, next, until, totals_);
    if (next == begin) return true;
    if ((has_changed && next == at) || !ChangeUnit(next)) {
      // A kernel may have left infinities, which the string to the left would multiply by 0.
      std::fill(totals_ + begin, totals_ + end, 1.0);
      return false;
    }
    has_changed = true;
    at = next;
  }
}

// So that the total before `position` has a chance of being in range.
bool DoubleFilter::ChangeUnit(std::size_t position) {
  double* const tail = scratch_.tail.data();
  const double outside = Branches(weights_, words_[position - 1], totals_ + position).Total();
  CopyInUnitOf(position, tail);
  const std::size_t count = std::min(tail_, last_ - position) + 1;
  const double largest = *std::max_element(tail, tail + count);
  const double nearest = *std::max_element(tail, tail + std::min(count, WeightRows::kRow));
  if (!(nearest > 0 && largest < kMost)) return false;
  // Farther ones, which long pieces reach, may be above the range: where no weight has lost
  // digits, the lemma does not need them below.
  const int limit = weights_.are_normal() ? kHighest : kHigh;
  const int shift =
      std::min((outside > 1 ? kLow : kHigh) - std::ilogb(nearest), limit - std::ilogb(largest));
  // They are drawn from, too.
  const double least = *std::min_element(tail, tail + count);
  if (!(least > 0 && std::ilogb(least) + shift >= kLowest)) return false;
  for (std::size_t i = 0; i < count; ++i) totals_[position + i] = TimesPowerOf2(tail[i], shift);
  Change change = {position + count, shift};
  while (!changes_.empty() && changes_.back().from <= change.from) {
    change.exponent += changes_.back().exponent;
    changes_.pop_back();
  }
  if (change.from > last_) return true;
  changes_.push_back(change);
  for (std::size_t i = change.from - tail_; i < std::min(change.from, size_); ++i) {
    const bool reaches = i + WeightRows::kRow >= change.from;
    if (reaches || (words_[i] & WeightRows::kHasLong) != 0) words_[i] |= WeightRows::kFree;
  }
  return true;
}

// The power of two that takes a total at `to` to the unit of `from`.
std::int64_t DoubleFilter::ExponentBetween(std::size_t from, std::size_t to) const {
  std::int64_t exponent = 0;
  auto change = std::partition_point(changes_.begin(), changes_.end(),
                                     [&](const Change& c) { return c.from > from; });
  while (change != changes_.begin() && (change - 1)->from <= to) exponent += (--change)->exponent;
  return exponent;
}

void DoubleFilter::CopyInUnitOf(std::size_t position, double* tail) const {
  for (std::size_t i = 0; i <= tail_; ++i) tail[i] = totals_[position + i];
  if (changes_.empty() || ExponentBetween(position, position + tail_) == 0) return;
  for (std::size_t i = 1; i <= tail_; ++i) {
    const std::int64_t exponent =
        std::clamp<std::int64_t>(ExponentBetween(position, position + i), -3000, 3000);
    tail[i] = TimesPowerOf2(tail[i], static_cast<int>(exponent));
  }
}

bool DoubleFilter::CopyTail(std::size_t position, double* tail) const {
  CopyInUnitOf(position, tail);
  const double largest = *std::max_element(tail, tail + tail_ + 1);
  if (!(largest < kMost)) return false;
  const int exponent = std::ilogb(largest);
  for (std::size_t i = 0; i <= tail_; ++i) tail[i] = TimesPowerOf2(tail[i], -exponent);
  return true;
}

double DoubleFilter::BranchAt(std::size_t position, std::size_t length, std::size_t place) const {
  const double total = totals_[position + length];
  const std::int64_t exponent = changes_.empty() ? 0 : ExponentBetween(position, position + length);
  if (exponent == 0 || !(weights_.placed()[place] > 0)) return weights_.placed()[place] * total;
  const ScaledWeight& weight = weights_[weights_.sets()->values()[place]];
  return InUnitsOf(Product(weight, Normalized(total, exponent)), 0);
}

std::size_t DoubleFilter::DrawAt(std::size_t position, double u) const {
  std::uint32_t word = words_[position];
  if ((word & WeightRows::kFree) == 0) {
    return DrawPlain(weights_, word, totals_ + position + 1, u);
  }
  return DrawBranch(
      weights_, word,
      [&](std::size_t length, std::size_t place) { return BranchAt(position, length, place); }, u);
}

std::size_t DoubleFilter::SlowDrawAt(const void* filter, std::size_t position) {
  const auto* const self = static_cast<const DoubleFilter*>(filter);
  return self->DrawAt(position, self->uniforms_[position]);
}

void DoubleFilter::Draw(std::size_t end, const double* uniforms, TokenId id_offset,
                        std::size_t* position, std::vector<TokenId>* ids) {
  if (*position >= end) return;
  const WeightRows& sets = *weights_.sets();
  std::uint8_t* lengths = nullptr;
  if (vector_ && end - *position >= kLeastWalk) {
    if (scratch_.lengths.size() < end) scratch_.lengths.resize(end);
    lengths = scratch_.lengths.data();
    std::fill(lengths + *position, lengths + end, std::uint8_t{0});
    uniforms_ = uniforms;
    WalkAvx512(weights_, words_, totals_, uniforms, *position, end, SlowDrawAt, this, lengths);
  }
  if (scratch_.places.size() < end) scratch_.places.resize(end);
  std::uint32_t* const places = scratch_.places.data();
  std::size_t count = 0;
  std::size_t at = *position;
  for (; at < end; ++count) {
    std::size_t length = lengths == nullptr ? 0 : lengths[at];
    if (length == 0) length = DrawAt(at, uniforms[at]);
    places[count] = static_cast<std::uint32_t>(sets.PlaceOf(words_[at], length));
    at += length;
  }
  *position = at;
  // Apart from the walk, so that many of these reads are under way at once.
  const std::size_t before = ids->size();
  ids->resize(before + count);
  for (std::size_t i = 0; i < count; ++i) {
    (*ids)[before + i] = id_offset + sets.values()[places[i]];
  }
}

}  // namespace bytepiece
