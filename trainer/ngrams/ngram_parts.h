// SPDX-License-Identifier: Apache-2.0
// The first half of building an NgramModel: merges runs into parts, each the
// kept n-grams of one range of keys. For ngram_model.cc alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "trainer/counts/count_run.h"
#include "trainer/ngrams/ngram_model.h"

namespace bytepiece {

// A count in 32 bits: itself below kLargeCount, else kLargeCount + its place in
// the part's large_counts. The bit is free: ranks are far smaller.
inline constexpr std::uint32_t kLargeCount = 0x80000000;

struct NgramPart {
  // The j-grams, ascending. Parallel, except child_ends on the last level: empty.
  struct Level {
    std::vector<std::uint8_t> labels;  // the last byte
    std::vector<std::uint32_t> counts;
    std::vector<std::uint32_t> child_ends;  // where its children on the next level end
  };

  std::array<std::int64_t, 256> byte_counts = {};
  std::vector<Level> levels;               // from j = 2 on
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
