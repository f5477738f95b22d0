// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/expected_uses.h"

#include <algorithm>
#include <utility>

#include "bytepiece/sampling/long_chunk_filter.h"

namespace bytepiece {
namespace {

// The loss adds up along a chunk: 10^-6 of a use in some million bytes.
constexpr double kNegligible = 0x1p-40;

}  // namespace

ExpectedUses::ExpectedUses(const PieceScanner& scanner, const SamplingWeights& weights,
                           SamplingKernel kernel)
    : scanner_(scanner),
      weights_(weights),
      filter_(weights, scanner.max_length(), kernel == SamplingKernel::kAvx512, &scratch_),
      tail_(filter_.tail()),
      boundaries_(kFilterBlock + 2 * tail_ + 1, 0.0),
      by_place_(weights.sets()->values().size(), 0.0),
      has_row_(weights.sets()->values().size() / WeightRows::kRow + 1, 0) {
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
  const auto add = [&](std::size_t begin, std::size_t size) {
    if (begin == 0) boundaries_[0] = 1;
    Forward(0, size, *filter_.TotalsFrom(0));
    // Where pieces from this block end in the next one.
    const auto after = boundaries_.begin() + static_cast<std::ptrdiff_t>(size);
    for (std::size_t i = 0; i <= tail_; ++i) boundaries_[i] = std::exchange(after[i], 0.0);
  };
  if (!FilterLongChunk(scanner_, text, &filter_, &tails_, add)) return false;
  std::fill_n(boundaries_.begin(), tail_ + 1, 0.0);
  return true;
}

void ExpectedUses::Forward(std::size_t begin, std::size_t end, double first_total) {
  const WeightRows& sets = *weights_.sets();
  double total = first_total;
  for (std::size_t s = begin; s < end; ++s, total = *filter_.TotalsFrom(s)) {
    const double boundary = std::exchange(boundaries_[s], 0.0);
    if (!(boundary > kNegligible)) continue;
    const std::uint32_t word = filter_.WordAt(s);
    if (std::exchange(has_row_[WeightRows::Row(word)], 1) == 0) touched_.push_back(word);
    const double scale = boundary / total;
    const double* const placed = weights_.placed();
    const double* const after = filter_.TotalsFrom(s) + 1;
    const bool in_one_unit = (word & WeightRows::kFree) == 0;
    double* const boundaries = boundaries_.data() + s + 1;
    sets.ForEachPlace(word, [&](std::size_t length, std::size_t place) {
      const double branch =
          in_one_unit ? placed[place] * after[length - 1] : filter_.BranchAt(s, length, place);
      const double uses = branch * scale;
      boundaries[length - 1] += uses;
      by_place_[place] += uses;
    });
  }
}

void ExpectedUses::AddPlaces() {
  const WeightRows& sets = *weights_.sets();
  for (const std::uint32_t word : touched_) {
    has_row_[WeightRows::Row(word)] = 0;
    sets.ForEachPlace(word, [&](std::size_t, std::size_t place) {
      const double uses = std::exchange(by_place_[place], 0.0);
      if (uses > 0) Add(sets.values()[place], uses);
    });
  }
  touched_.clear();
}

}  // namespace bytepiece
