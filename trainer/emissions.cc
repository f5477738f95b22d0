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
    if (walk.first == walk.end || walk.start + length == walk.chunk_end) continue;
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
    if (has_children) {
      __builtin_prefetch(&next.nodes[walk.first]);
    } else {
      __builtin_prefetch(&next.count_ranks[walk.first]);
    }
    walks_[kept++] = walk;
  }
  walks_.resize(kept);
}

}  // namespace bytepiece
