// SPDX-License-Identifier: Apache-2.0
// How a training run divides the memory it is given. The result never depends
// on it; speed does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace bytepiece {

// Of the memory that no thread needs for itself, reading gets one part in so many.
inline constexpr std::int64_t kReadingShare = 16;

// Bytes, all threads together unless said otherwise.
struct MemoryBudget {
  std::int64_t limit = 0;
  int threads = 1;
  // Text read at once, per thread; twice that is held.
  std::int64_t batch_bytes = 0;
  // Left for reading beyond these batches: unpacking, and a line that must be held whole.
  std::int64_t reading_bytes = 0;
  // n-grams sorted at once, per thread: 16 bytes each with the sort's scratch.
  std::int64_t ngram_buffer_keys = 0;
  // Sorted runs in memory; what is more goes to disk.
  std::int64_t run_bytes = 0;
  // Left for the n-gram model and, beside it, the counted pieces; then for pruning.
  std::int64_t work_bytes = 0;
};

// Error, which names the least that would do: `limit` is too little for so many
// threads.
absl::StatusOr<MemoryBudget> DivideMemory(std::int64_t limit, int threads);

// Three quarters of what the machine has available or the control group allows,
// whichever is less.
std::int64_t DefaultMemoryLimit();

// "2G", "512M", "1.5GiB", "300000k", "1000000": bytes; k, M, G, T are powers of 1024.
absl::StatusOr<std::int64_t> ParseMemorySize(std::string_view text);

// "2.0G" and the like, to be read by people.
std::string FormatMemorySize(std::int64_t bytes);
// As the least that would do: rounded up, "2049M".
std::string FormatLeastMemory(std::int64_t bytes);

// The memory of this process, now. 0 if the system does not say.
std::int64_t ResidentBytes();
// The most so far, of this program alone: what getrusage says counts whoever
// started it, before the program took its place.
std::int64_t PeakResidentBytes();

// DivideMemory, of DefaultMemoryLimit() if `limit` is not positive, and
// ReturnFreedBlocks if there are blocks to care about. threads <= 0: as many as
// there are cores, or as the limit has room for.
absl::StatusOr<MemoryBudget> PrepareMemory(std::int64_t limit, int threads);

// Makes large blocks go back to the system when freed, from now on. glibc would
// otherwise keep ever larger ones, and one stage's memory would still be resident
// beside the next one's.
void ReturnFreedBlocks();

// Gives back what was freed in small pieces.
void ReturnFreedMemory();

}  // namespace bytepiece
