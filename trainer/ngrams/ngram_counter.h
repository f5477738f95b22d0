// SPDX-License-Identifier: Apache-2.0
// Counts the n-grams of a fixed order, exactly, by sorting.
//
// One key a byte of text: the n-gram that starts there, or what the chunk's end
// leaves of it. The shorter n-grams need no counting of their own: the count of
// a j-gram is the sum over the keys of at least j bytes that begin with it.
//
// Keys gather in a buffer; a full buffer is sorted and run-length encoded into a
// run. Runs from any number of counters merge into the same stream
// (ngram_run.h), so threads, order and buffer size leave no trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trainer/counts/count_run.h"
#include "trainer/counts/ngram_run.h"

namespace bytepiece {

// One per thread.
class NgramCounter {
 public:
  // Keys sorted at once. The buffer and the sort's scratch take twice this
  // many keys; a run holds at most this many entries.
  static constexpr std::size_t kBufferKeys = std::size_t{1} << 22;

  explicit NgramCounter(int order, std::size_t buffer_keys = kBufferKeys)
      : order_(order), buffer_keys_(buffer_keys) {}

  // Each n-gram added from now on counts so much; 1 before the first call.
  void SetWeight(std::int64_t weight) {
    if (weight == weight_) return;
    Flush();
    weight_ = weight;
  }

  // Counts every window of `chunk`.
  void Add(std::string_view chunk) {
    NgramKey64::ForEachWindow(chunk, order_, [this](std::uint64_t key, int length) {
      // Cut-off windows apart: among keys of one length, the length byte needs
      // no sorting.
      if (length == order_) {
        if (whole_.size() == buffer_keys_) FlushBuffer(&whole_, buffer_keys_);
        if (whole_.empty()) whole_.reserve(buffer_keys_);
        whole_.push_back(key);
      } else {
        // Few, unless chunks are very short.
        if (cut_off_.size() >= buffer_keys_ / 8) FlushBuffer(&cut_off_, buffer_keys_ / 8);
        cut_off_.push_back(key);
      }
    });
  }

  // Whether the buffer has not room for so many keys.
  bool HasLessRoomThan(std::size_t keys) const { return whole_.size() + keys > buffer_keys_; }

  // Makes the buffers' keys a run.
  void Flush();

  // The runs since the last call; the buffers stay as they are.
  std::vector<CountRun> TakeFinishedRuns();

  // All runs so far; the counter is empty again and its buffers are freed.
  std::vector<CountRun> TakeRuns();

 private:
  void FlushBuffer(std::vector<std::uint64_t>* buffer, std::size_t capacity);

  int order_;
  std::size_t buffer_keys_;
  std::int64_t weight_ = 1;
  std::vector<std::uint64_t> whole_;
  std::vector<std::uint64_t> cut_off_;
  std::vector<std::uint64_t> scratch_;
  std::vector<CountRun> runs_;
};

}  // namespace bytepiece
