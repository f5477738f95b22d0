// SPDX-License-Identifier: Apache-2.0
#include "trainer/emissions.h"

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
// prefetch (two lines each) stays in the L2 cache.
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

void Emissions::Fill(std::string_view text, absl::Span<const std::size_t> chunk_ends) {
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

void Emissions::StartWalks(std::string_view text, std::size_t begin, std::size_t end,
                           std::size_t chunk_end) {
  const int order = model_->order();
  const NgramModel::Level& pairs = model_->level(2);
  const bool has_children = order > 2;
  for (std::size_t i = begin; i < end; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    rows_[i * order] = model_->ByteScore(byte);
    if (i + 1 == chunk_end) continue;
    const NgramModel::Index pair = model_->FindPair(byte, static_cast<std::uint8_t>(text[i + 1]));
    if (pair == NgramModel::kAbsent) continue;
    if (has_children) {
      __builtin_prefetch(&pairs.nodes[pair]);
    } else {
      __builtin_prefetch(&pairs.count_ranks[pair]);
    }
    walks_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(chunk_end), pair,
                      NgramModel::kAbsent, model_->LogByteCount(byte)});
  }
}

void Emissions::Descend(std::string_view text) {
  const int order = model_->order();
  for (int length = 2; length < order; ++length) {
    TakeScores(length);
    FindChildren(text, length);
  }
  TakeScores(order);
  walks_.clear();
}

// Stores the scores of the n-grams of `length` bytes that were found; goes on
// with those that have children within their chunk.
void Emissions::TakeScores(int length) {
  const std::size_t order = model_->order();
  const NgramModel::Level& level = model_->level(length);
  const double* const log_counts = model_->log_counts();
  if (length == model_->order()) {
    for (const Walk& walk : walks_) {
      rows_[(walk.start + length - 1) * order + length - 1] =
          log_counts[level.count_ranks[walk.first]] - walk.log_count;
    }
    return;
  }
  const std::uint8_t* const next_labels = model_->level(length + 1).labels.data();
  std::size_t kept = 0;
  for (Walk walk : walks_) {
    const NgramModel::Node* const node = &level.nodes[walk.first];
    const double log_count = log_counts[node->count_rank];
    rows_[(walk.start + length - 1) * order + length - 1] = log_count - walk.log_count;
    walk.log_count = log_count;
    walk.first = node[0].children;
    walk.end = node[1].children;
    __builtin_prefetch(next_labels + walk.first);
    // Whether a walk goes on is hard to predict: no branch.
    walks_[kept] = walk;
    kept += static_cast<std::size_t>(walk.first != walk.end) &
            static_cast<std::size_t>(walk.start + length != walk.chunk_end);
  }
  walks_.resize(kept);
}

// From the n-grams of `length` bytes to those one byte longer.
void Emissions::FindChildren(std::string_view text, int length) {
  const NgramModel::Level& next = model_->level(length + 1);
  const bool has_children = length + 1 < model_->order();
  const char* const entries = has_children ? reinterpret_cast<const char*>(next.nodes.data())
                                           : reinterpret_cast<const char*>(next.count_ranks.data());
  const std::size_t entry_size = has_children ? sizeof(NgramModel::Node) : sizeof(std::uint32_t);
  std::size_t kept = 0;
  for (Walk walk : walks_) {
    const std::size_t found = FindLabel(next.labels.data() + walk.first, walk.end - walk.first,
                                        static_cast<std::uint8_t>(text[walk.start + length]));
    // Of a walk that ends here this is the first child: no branch for it.
    walk.first += static_cast<NgramModel::Index>(found == kNotFound ? 0 : found);
    __builtin_prefetch(entries + entry_size * walk.first);
    walks_[kept] = walk;
    kept += found != kNotFound ? 1 : 0;
  }
  walks_.resize(kept);
}

}  // namespace bytepiece
