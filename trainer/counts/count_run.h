// SPDX-License-Identifier: Apache-2.0
// A run: counts in strictly ascending order, as coded blocks, in memory or in a
// file. Whoever reads it does not know which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/counts/count_file.h"

namespace bytepiece {

// Takes the blocks of a run as they are made, in order.
using BlockSink = std::function<absl::Status(const CountBlock& block, std::string_view bytes)>;

// Movable and, when in a file, cheap to copy. Reading is thread-safe.
class CountRun {
 public:
  CountRun() = default;  // in memory, empty
  explicit CountRun(std::shared_ptr<const CountFile> file) : file_(std::move(file)) {}

  // In memory only.
  void Append(CountBlock block, std::string_view bytes);

  const std::vector<CountBlock>& blocks() const { return file_ ? file_->blocks() : blocks_; }
  bool empty() const { return blocks().empty(); }
  // Null in memory.
  const std::shared_ptr<const CountFile>& file() const { return file_; }
  std::size_t memory_bytes() const { return memory_bytes_; }

  // Points *bytes at block i, followed by zeros (CountFile::Load), perhaps in
  // *buffer.
  absl::Status Load(std::size_t i, std::string* buffer, std::string_view* bytes) const;

 private:
  std::shared_ptr<const CountFile> file_;
  std::vector<CountBlock> blocks_;
  std::vector<std::string> contents_;  // of blocks_, each with its zeros
  std::size_t memory_bytes_ = 0;
};

// The error of counts whose sum, from `run` on, no longer fits 63 bits.
absl::Status CountsTooLarge(const CountRun& run);

// Runs with their order of blocks irrelevant.
using RunPointers = std::vector<const CountRun*>;

// Ascending, the first 0: where to cut what sorts by a block's `first` into at most `ranges`
// of similar work. A cut has only those bits that `mask` has.
std::vector<std::uint64_t> CutRuns(const RunPointers& runs, int ranges,
                                   std::uint64_t mask = ~std::uint64_t{0});

}  // namespace bytepiece
