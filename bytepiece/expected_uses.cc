// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/expected_uses.h"

#include <algorithm>
#include <utility>

namespace bytepiece {
namespace {

// What is lost adds up along a chunk: 10^-6 of a use in some million bytes.
constexpr double kNegligible = 0x1p-40;

}  // namespace

ExpectedUses::ExpectedUses(const PieceScanner& scanner, const SamplingWeights& weights,
                           SamplingKernel kernel)
    : scanner_(scanner),
      weights_(weights),
      tail_(std::max(scanner.max_length(), SamplingSets::kRow)),
      filter_(weights, scanner.max_length(), kernel == SamplingKernel::kAvx512, &scratch_),
      boundaries_(kFilterBlock + 2 * tail_ + 1, 0.0),
      by_place_(weights.sets()->values().size(), 0.0),
      has_row_(weights.sets()->values().size() / SamplingSets::kRow + 1, 0) {
  const absl::Span<const std::int32_t> values = weights.sets()->values();
  by_value_.assign(static_cast<std::size_t>(*std::max_element(values.begin(), values.end())) + 1,
                   0.0);
}

std::size_t ExpectedUses::SumBlock(std::string_view text, absl::Span<const std::size_t> ends,
                                   std::size_t base) {
  block_ends_.clear();
  sums_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    if (end - base > kFilterBlock) break;
    block_ends_.push_back(end - base);
    sums_.push_back({begin, end - base, 0, false});
    begin = end - base;
  }
  scanner_.ScanEach(text.substr(0, begin), block_ends_, filter_.States(begin));
  filter_.Start();
  for (std::size_t i = sums_.size(); i-- > 0;) {
    Sums& sums = sums_[i];
    sums.is_plain = filter_.Sum(sums.begin, sums.end);
    sums.total = *filter_.TotalsFrom(sums.begin);
  }
  return sums_.size();
}

bool ExpectedUses::AddOfBlock(std::size_t index) {
  const Sums& sums = sums_[index];
  if (!sums.is_plain) return false;
  boundaries_[sums.begin] = 1;
  Forward(sums.begin, sums.end, sums.total);
  boundaries_[sums.end] = 0;
  return true;
}

bool ExpectedUses::AddLong(std::string_view text) {
  // The last block is longer than the tail that the one before reaches into.
  const std::size_t last = (text.size() - tail_ - 1) / kFilterBlock;
  // Backwards, keeping what the block before needs; then forwards, each block but the
  // first filtered again.
  tails_.resize(last * (tail_ + 1));
  const auto size_of = [&](std::size_t block) {
    return block == last ? text.size() - block * kFilterBlock : kFilterBlock;
  };
  const auto sum = [&](std::size_t block) {
    const std::size_t begin = block * kFilterBlock;
    const std::size_t size = size_of(block);
    scanner_.Scan(text, begin, begin + size, filter_.States(size));
    filter_.Start();
    return filter_.Sum(0, size, block == last ? nullptr : &tails_[block * (tail_ + 1)]);
  };
  for (std::size_t block = last; block > 0; --block) {
    if (!sum(block) || !filter_.CopyTail(0, &tails_[(block - 1) * (tail_ + 1)])) return false;
  }
  if (!sum(0)) return false;
  boundaries_[0] = 1;
  for (std::size_t block = 0; block <= last; ++block) {
    if (block > 0) sum(block);
    const std::size_t size = size_of(block);
    Forward(0, size, *filter_.TotalsFrom(0));
    // Where pieces from this block end in the next one.
    const auto behind = boundaries_.begin() + static_cast<std::ptrdiff_t>(size);
    for (std::size_t i = 0; i <= tail_; ++i) boundaries_[i] = std::exchange(behind[i], 0.0);
  }
  std::fill_n(boundaries_.begin(), tail_ + 1, 0.0);
  return true;
}

void ExpectedUses::Forward(std::size_t begin, std::size_t end, double first_total) {
  constexpr std::size_t kRow = SamplingSets::kRow;
  const double* const placed = weights_.placed();
  double total = first_total;
  for (std::size_t s = begin; s < end; ++s, total = *filter_.TotalsFrom(s)) {
    const double boundary = std::exchange(boundaries_[s], 0.0);
    if (!(boundary > kNegligible)) continue;
    const std::uint32_t word = filter_.WordAt(s);
    const std::size_t first = SamplingSets::FirstPlace(word);
    if (std::exchange(has_row_[first / kRow], 1) == 0) touched_.push_back(word);
    const double scale = boundary / total;
    double* const boundaries = boundaries_.data() + s + 1;
    const auto add = [&](std::size_t length, std::size_t place, double branch) {
      const double uses = branch * scale;
      boundaries[length - 1] += uses;
      by_place_[place] += uses;
    };
    const double* const after = filter_.TotalsFrom(s) + 1;
    if ((word & SamplingSets::kFree) == 0) {
      for (std::size_t i = 0; i < kRow; ++i) add(i + 1, first + i, placed[first + i] * after[i]);
    } else {
      for (std::size_t i = 0; i < kRow; ++i) {
        if (placed[first + i] > 0) add(i + 1, first + i, filter_.BranchAt(s, i + 1, first + i));
      }
    }
    if ((word & SamplingSets::kHasLong) == 0) continue;
    weights_.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
      add(length, place,
          (word & SamplingSets::kFree) == 0 ? placed[place] * after[length - 1]
                                            : filter_.BranchAt(s, length, place));
      return true;
    });
  }
}

void ExpectedUses::AddPlaces() {
  const absl::Span<const std::int32_t> values = weights_.sets()->values();
  const auto move = [&](std::size_t place) {
    const double uses = std::exchange(by_place_[place], 0.0);
    if (uses > 0 && values[place] >= 0) Add(values[place], uses);
  };
  for (const std::uint32_t word : touched_) {
    const std::size_t first = SamplingSets::FirstPlace(word);
    has_row_[first / SamplingSets::kRow] = 0;
    for (std::size_t i = 0; i < SamplingSets::kRow; ++i) move(first + i);
    if ((word & SamplingSets::kHasLong) == 0) continue;
    weights_.sets()->ForEachLong(word, [&](std::size_t, std::size_t place) {
      move(place);
      return true;
    });
  }
  touched_.clear();
}

}  // namespace bytepiece
