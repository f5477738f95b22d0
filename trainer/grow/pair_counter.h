// SPDX-License-Identifier: Apache-2.0
// Counts pairs of pieces, exactly, by sorting, as NgramCounter counts n-grams: a pair is
// a key of seven bytes, so that runs of pairs are runs of 7-grams (ngram_run.h).
//
// Most distinct pairs occur once. A hash table of what they are together took three
// times as long, nearly all of it waiting for memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytepiece/model/model.h"
#include "trainer/counts/count_header.h"
#include "trainer/counts/count_run.h"

namespace bytepiece {

// One per thread.
class PairCounter {
 public:
  // Keys sorted at once: 16 bytes each, with the sort's scratch.
  explicit PairCounter(std::size_t buffer_keys) : buffer_keys_(buffer_keys) {}

  // Each pair added from now on counts so much; 1 before the first call.
  void SetWeight(std::int64_t weight) {
    if (weight == weight_) return;
    Flush();
    weight_ = weight;
  }

  // Numbers of pieces, below 2^28.
  void Add(std::int32_t left, std::int32_t right) {
    if (keys_.size() == buffer_keys_) Flush();
    if (keys_.empty()) keys_.reserve(buffer_keys_);
    keys_.push_back(std::uint64_t{static_cast<std::uint32_t>(left)} << 36 |
                    std::uint64_t{static_cast<std::uint32_t>(right)} << 8 | kOrder);
  }

  // The runs since the last call; the buffer stays as it is.
  std::vector<CountRun> TakeFinishedRuns();

  // All runs so far; the counter is empty again and its buffer is freed.
  std::vector<CountRun> TakeRuns();

  // The pieces of an entry of the runs.
  static std::int32_t Left(std::uint64_t key) { return static_cast<std::int32_t>(key >> 36); }
  static std::int32_t Right(std::uint64_t key) {
    return static_cast<std::int32_t>(key >> 8 & 0xFFFFFFF);
  }

  // The order of the n-grams that the runs' entries look like.
  static constexpr int kOrder = 7;
  static CountHeader Header(TrainerSpec spec, std::int64_t unit) {
    spec.order = kOrder;
    return NgramHeader(spec, unit);
  }

 private:
  void Flush();

  std::size_t buffer_keys_;
  std::int64_t weight_ = 1;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint64_t> scratch_;
  std::vector<CountRun> runs_;
};

}  // namespace bytepiece
