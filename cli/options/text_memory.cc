// SPDX-License-Identifier: Apache-2.0
#include "cli/options/text_memory.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/options/size_option.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kMemoryMiB = std::int64_t{1} << 20;
// Nobody's small file that unpacks to gigabytes shall take them.
constexpr std::int64_t kMostByDefault = 2048 * kMemoryMiB;
// Buffers of files, what the allocator rounds up; measured: 9 MB.
constexpr std::int64_t kFixedText = 16 * kMemoryMiB;
// Stack, scratch, an arena of the allocator.
constexpr std::int64_t kFixedTextPerThread = 2 * kMemoryMiB;
constexpr std::int64_t kLeastShared = 32 * kMemoryMiB;
constexpr std::int64_t kMostBatchBytes = 8 * kMemoryMiB;
// The memory StreamingEncoder keeps for a byte held back: a node and the byte, twice while they
// move.
constexpr std::int64_t kPendingCost = 32;

}  // namespace

void AddMemoryLimitOption(CLI::App* app, std::int64_t* limit) {
  AddSizeOption(app, "--memory-limit",
                "Resident memory of this program stays below it: long documents\n"
                "are taken in parts, and one that must be held whole and has no\n"
                "room is refused by name (default: 2G, or 3/4 of what is available\n"
                "if that is less)",
                "Memory", limit);
}

void TextMemory::Apply(CorpusOptions* corpus) const {
  corpus->max_unpacking_bytes = unpacking_bytes;
  corpus->parts.most_held_bytes = most_held_bytes;
  corpus->parts.memory_limit = limit;
  corpus->parts.memory_per_byte = held_cost;
}

absl::StatusOr<TextMemory> DivideTextMemory(std::int64_t limit, int threads, std::int64_t cost) {
  // Costs some time, and what nobody stated is far from what is used.
  if (limit > 0) ReturnFreedBlocks();
  if (limit <= 0) limit = std::min(kMostByDefault, DefaultMemoryLimit());
  const std::int64_t fixed = ResidentBytes() + kFixedText + threads * kFixedTextPerThread;
  if (limit - fixed < kLeastShared) {
    return absl::InvalidArgumentError(
        absl::StrCat("memory limit ", FormatMemorySize(limit), " is below ",
                     FormatLeastMemory(fixed + kLeastShared), ", the least for the model and ",
                     threads, threads == 1 ? " thread" : " threads", "; raise --memory-limit",
                     threads == 1 ? "" : ", or lower --threads"));
  }
  TextMemory memory;
  memory.unpacking_bytes = (limit - fixed) / 4;
  const std::int64_t shared = limit - fixed - memory.unpacking_bytes;
  const std::int64_t text = shared / cost;
  memory.batch_bytes = std::clamp<std::int64_t>(text / 2, 1, kMostBatchBytes);
  memory.most_held_bytes =
      static_cast<std::size_t>(std::max<std::int64_t>(text - memory.batch_bytes, 1));
  memory.limit = limit;
  // A quarter is for unpacking; half of what is left is for batches, as long as these are small.
  memory.held_cost = cost * (memory.batch_bytes < kMostBatchBytes ? 8 : 4) / 3 + 1;
  memory.most_pending = static_cast<std::size_t>(shared / 2 / kPendingCost);
  memory.pending_cost = kPendingCost * 2 * 4 / 3 + 1;
  return memory;
}

}  // namespace bytepiece
