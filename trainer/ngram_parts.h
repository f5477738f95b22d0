// SPDX-License-Identifier: Apache-2.0
// The first half of building an NgramModel: merges runs into parts, each the
// kept n-grams of one range of keys. For ngram_model.cc alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "trainer/count_run.h"
#include "trainer/ngram_model.h"

namespace bytepiece {

// A count in 32 bits: itself below kLargeCount, else kLargeCount + its place in
// the part's large_counts. The bit is free: ranks are far smaller.
inline constexpr std::uint32_t kLargeCount = 0x80000000;

// As the model's levels, but Node::count_rank and count_ranks hold counts and
// Node::children holds where the children end.
struct NgramPart {
  std::array<std::int64_t, 256> byte_counts = {};
  std::vector<NgramModel::Level> levels;
  std::vector<std::uint16_t> pair_labels;  // both bytes, parallel to levels[0]
  std::vector<std::int64_t> large_counts;

  std::int64_t Count(std::uint32_t stored) const {
    return stored < kLargeCount ? stored : large_counts[stored - kLargeCount];
  }
};

// Ascending by range. If the model would take more than options.max_bytes,
// nothing more is stored from there on, and the error says what it would take.
absl::Status BuildNgramParts(const RunPointers& runs, const NgramModelOptions& options,
                             std::vector<NgramPart>* parts);

}  // namespace bytepiece
