// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_lookup.h"

#include <algorithm>
#include <bit>
#include <limits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace bytepiece {
namespace {

constexpr double kNegativeInfinity = -std::numeric_limits<double>::infinity();

// Walks in flight: enough to hide memory latency, few enough that what they
// prefetch (a line or two each) stays in the L2 cache.
constexpr std::size_t kWalksInFlight = 1024;

constexpr std::size_t kNotFound = ~std::size_t{0};

// A bit for each of kWidth labels: which are `label`.
#ifdef __SSE2__
constexpr std::size_t kWidth = 16;
inline unsigned Matches(const std::uint8_t* labels, std::uint8_t label) {
  const __m128i read = _mm_loadu_si128(reinterpret_cast<const __m128i*>(labels));
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(label));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(read, wanted)));
}
#else
constexpr std::size_t kWidth = 8;
inline unsigned Matches(const std::uint8_t* labels, std::uint8_t label) {
  unsigned matches = 0;
  for (std::size_t i = 0; i < kWidth; ++i) matches |= unsigned{labels[i] == label} << i;
  return matches;
}
#endif
static_assert(NgramModel::kLabelPadding >= kWidth);

// The place of `label` among `size` > 0 labels, after which kLabelPadding bytes
// can be read. Most n-grams have few children: one comparison, without a branch
// that depends on how many.
inline std::size_t FindLabel(const std::uint8_t* labels, std::size_t size, std::uint8_t label) {
  std::size_t before = 0;
  unsigned matches = Matches(labels, label);
  while (matches == 0 && before + kWidth < size) {
    before += kWidth;
    matches = Matches(labels + before, label);
  }
  const std::size_t at = before + static_cast<std::size_t>(std::countr_zero(matches));
  return at < size ? at : kNotFound;
}

}  // namespace

void NgramLookup::Fill(std::string_view text, absl::Span<const std::size_t> chunk_ends) {
  rows_.assign(text.size() * model_->order(), kNegativeInfinity);
  walks_.clear();
  std::size_t begin = 0;
  for (const std::size_t chunk_end : chunk_ends) {
    while (begin < chunk_end) {
      const std::size_t end = std::min(chunk_end, begin + kWalksInFlight - walks_.size());
      StartWalks(text, begin, end, chunk_end);
      begin = end;
      if (walks_.size() == kWalksInFlight) Descend(text);
    }
  }
  Descend(text);
}

void NgramLookup::StartWalks(std::string_view text, std::size_t begin, std::size_t end,
                             std::size_t chunk_end) {
  const std::size_t order = model_->order();
  const double* const log_counts = model_->log_counts();
  for (std::size_t i = begin; i < end; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    rows_[i * order] = model_->ByteScore(byte);
    if (i + 1 == chunk_end) continue;
    const NgramModel::Node pair = model_->Pair(byte, static_cast<std::uint8_t>(text[i + 1]));
    if (pair.count_rank == NgramModel::kAbsent) continue;
    const double log_count = log_counts[pair.count_rank];
    rows_[(i + 1) * order + 1] = log_count - model_->LogByteCount(byte);
    if (pair.family == NgramModel::kNoFamily || i + 2 == chunk_end) continue;
    __builtin_prefetch(model_->families(3) + pair.family);
    walks_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(chunk_end),
                      pair.family, log_count});
  }
}

void NgramLookup::Descend(std::string_view text) {
  const int order = model_->order();
  for (int length = 3; length < order; ++length) Lengthen<false>(text, length);
  if (order > 2) Lengthen<true>(text, order);
  walks_.clear();
}

// Goes from the n-grams one byte shorter to those of `length` bytes: stores the scores of
// those there are, and goes on with the ones that have children within their chunk.
template <bool kLast>
void NgramLookup::Lengthen(std::string_view text, int length) {
  constexpr std::size_t kEntryWords = kLast ? 1 : 2;
  const std::size_t order = model_->order();
  const double* const log_counts = model_->log_counts();
  const std::uint32_t* const families = model_->families(length);
  const std::uint32_t* const next_families = kLast ? nullptr : model_->families(length + 1);
  std::size_t kept = 0;
  // Whether a walk goes on is hard to predict: no branch.
  for (Walk walk : walks_) {
    const NgramModel::Family family(families + walk.family);
    const std::size_t place = FindLabel(family.labels(), family.size(),
                                        static_cast<std::uint8_t>(text[walk.start + length - 1]));
    const bool found = place != kNotFound;
    const std::uint32_t* const entry = family.entries() + kEntryWords * (found ? place : 0);
    __builtin_prefetch(entry);
    walk.family = static_cast<std::uint32_t>(entry - families);
    walks_[kept] = walk;
    kept += found ? 1 : 0;
  }
  walks_.resize(kept);
  kept = 0;
  for (Walk walk : walks_) {
    const std::size_t last = walk.start + length - 1;
    const std::uint32_t* const entry = families + walk.family;
    const double log_count = log_counts[entry[0]];
    rows_[last * order + length - 1] = log_count - walk.log_count;
    if constexpr (!kLast) {
      walk.family = entry[1];
      walk.log_count = log_count;
      __builtin_prefetch(next_families + walk.family);
      walks_[kept] = walk;
      kept += static_cast<std::size_t>(walk.family != NgramModel::kNoFamily) &
              static_cast<std::size_t>(last + 1 != walk.chunk_end);
    }
  }
  walks_.resize(kept);
}

}  // namespace bytepiece
