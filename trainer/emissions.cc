// SPDX-License-Identifier: Apache-2.0
#include "trainer/emissions.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace bytepiece {
namespace {

constexpr double kNegativeInfinity = -std::numeric_limits<double>::infinity();

// Walks in flight: enough to hide memory latency, few enough that what they
// prefetch (two lines each) stays in the L2 cache.
constexpr std::size_t kWalksInFlight = 1024;

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
  for (std::size_t i = begin; i < end; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    rows_[i * order] = model_->ByteScore(byte);
    if (i + 1 == chunk_end) continue;
    const NgramModel::Index pair = model_->FindPair(byte, static_cast<std::uint8_t>(text[i + 1]));
    if (pair == NgramModel::kAbsent) continue;
    __builtin_prefetch(&pairs.scores[pair]);
    if (order > 2) __builtin_prefetch(&pairs.children[pair]);
    walks_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(chunk_end), pair,
                      NgramModel::kAbsent});
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
  const int order = model_->order();
  const NgramModel::Level& level = model_->level(length);
  const std::uint8_t* const next_labels =
      length < order ? model_->level(length + 1).labels.data() : nullptr;
  std::size_t kept = 0;
  for (Walk walk : walks_) {
    rows_[(walk.start + length - 1) * std::size_t(order) + length - 1] = level.scores[walk.first];
    if (length == order || walk.start + length == walk.chunk_end) continue;
    walk.end = level.children[walk.first + 1];
    walk.first = level.children[walk.first];
    if (walk.first == walk.end) continue;
    __builtin_prefetch(next_labels + walk.first);
    walks_[kept++] = walk;
  }
  walks_.resize(kept);
}

// From the n-grams of `length` bytes to those one byte longer.
void Emissions::FindChildren(std::string_view text, int length) {
  const NgramModel::Level& next = model_->level(length + 1);
  const bool has_children = length + 1 < model_->order();
  std::size_t kept = 0;
  for (Walk walk : walks_) {
    const std::uint8_t* const labels = next.labels.data() + walk.first;
    const void* const found = std::memchr(
        labels, static_cast<std::uint8_t>(text[walk.start + length]), walk.end - walk.first);
    if (found == nullptr) continue;
    walk.first += static_cast<NgramModel::Index>(static_cast<const std::uint8_t*>(found) - labels);
    __builtin_prefetch(&next.scores[walk.first]);
    if (has_children) __builtin_prefetch(&next.children[walk.first]);
    walks_[kept++] = walk;
  }
  walks_.resize(kept);
}

}  // namespace bytepiece
