// SPDX-License-Identifier: Apache-2.0
// Counts the n-grams of a fixed order, exactly, by sorting.
//
// One key a byte of text: the n-gram that starts there, or what the chunk's end
// leaves of it. The shorter n-grams need no counting of their own: the count of
// a j-gram is the sum over the keys of at least j bytes that begin with it.
//
// Keys gather in a buffer; a full buffer is sorted and run-length encoded into a
// sorted run. Runs from any number of counters merge into the same stream
// (merge_runs.h), so threads, order and buffer size leave no trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "trainer/ngram_key.h"
#include "trainer/radix_sort.h"

namespace bytepiece {

// Strictly ascending by key.
template <typename Key>
using SortedRun = std::vector<KeyCount<Key>>;

// One per thread.
template <typename Key>
class NgramCounter {
 public:
  // Keys sorted at once. The buffer and the sort's scratch take twice this
  // many keys; a run holds at most this many entries.
  static constexpr std::size_t kBufferKeys = std::size_t{1} << 22;

  explicit NgramCounter(int order, std::size_t buffer_keys = kBufferKeys)
      : order_(order), buffer_keys_(buffer_keys) {}

  // Counts every window of `chunk`.
  void Add(std::string_view chunk) {
    NgramKey<Key>::ForEachWindow(chunk, order_, [this](Key key, int length) {
      // Cut-off windows apart: among keys of one length, the length byte needs
      // no sorting.
      std::vector<Key>& buffer = length == order_ ? whole_ : cut_off_;
      if (buffer.size() == buffer_keys_) Flush(&buffer);
      buffer.push_back(key);
    });
  }

  // The runs so far; the counter is empty again.
  std::vector<SortedRun<Key>> TakeRuns() {
    Flush(&whole_);
    Flush(&cut_off_);
    return std::exchange(runs_, {});
  }

 private:
  void Flush(std::vector<Key>* buffer) {
    if (buffer->empty()) return;
    scratch_.resize(std::max(scratch_.size(), buffer->size()));
    RadixSort(buffer->data(), scratch_.data(), buffer->size());
    SortedRun<Key> run;
    for (const Key key : *buffer) {
      if (run.empty() || run.back().key != key) run.push_back({key, 0});
      ++run.back().count;
    }
    run.shrink_to_fit();
    runs_.push_back(std::move(run));
    buffer->clear();
  }

  int order_;
  std::size_t buffer_keys_;
  std::vector<Key> whole_;
  std::vector<Key> cut_off_;
  std::vector<Key> scratch_;
  std::vector<SortedRun<Key>> runs_;
};

}  // namespace bytepiece
