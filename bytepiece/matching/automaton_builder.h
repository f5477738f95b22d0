// SPDX-License-Identifier: Apache-2.0
// Places the states of a trie in a double array. Used by Automaton::Build only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/free_slots.h"

namespace bytepiece {

// Units come in blocks of 256, and XOR with a byte stays within a block. Block 0
// holds the root and no child, so that base 0 means "no children". Placing a
// state means finding a base whose units are free for all its labels; only the
// newest kOpenBlocks blocks are searched, which keeps building linear and
// leaves few units unused.
class AutomatonBuilder {
 public:
  AutomatonBuilder(absl::Span<const std::string_view> keys, absl::Span<const std::int32_t> values)
      : keys_(keys), values_(values) {}

  absl::Status Build();
  Automaton Take();

 private:
  static constexpr std::uint32_t kBlockSize = Automaton::kBlockSize;
  static_assert(kBlockSize == FreeSlots::kBlockSize);
  static constexpr std::size_t kOpenBlocks = 16;

  // The keys [begin, end) share their first `depth` bytes, which lead to `state`.
  struct Task {
    Automaton::State state;
    std::uint32_t depth;
    std::size_t begin;
    std::size_t end;
  };
  absl::Status Expand(const Task& task);
  absl::StatusOr<std::uint32_t> PlaceChildren();
  absl::Status AddBlock();

  absl::Span<const std::string_view> keys_;
  absl::Span<const std::int32_t> values_;
  LargeVector<Automaton::Unit> units_;
  LargeVector<std::int32_t> of_units_;  // values, by unit
  FreeSlots free_;
  std::vector<Task> tasks_;
  std::vector<std::uint8_t> labels_;  // of the state being expanded, ascending
};

}  // namespace bytepiece
