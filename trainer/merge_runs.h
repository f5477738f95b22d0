// SPDX-License-Identifier: Apache-2.0
// Merges sorted runs into one sorted stream, adding up the counts of equal keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "trainer/ngram_key.h"

namespace bytepiece {

template <typename Key>
using RunSlice = absl::Span<const KeyCount<Key>>;

// The part of `run` with first <= key < end; all from `first` on if `to_last`.
template <typename Key>
RunSlice<Key> SliceOfRun(RunSlice<Key> run, Key first, Key end, bool to_last) {
  const auto below = [](const KeyCount<Key>& entry, Key key) { return entry.key < key; };
  const auto* begin = std::lower_bound(run.data(), run.data() + run.size(), first, below);
  const auto* stop = to_last ? run.data() + run.size()
                             : std::lower_bound(begin, run.data() + run.size(), end, below);
  return {begin, static_cast<std::size_t>(stop - begin)};
}

// Calls emit(key, count) in strictly ascending order of keys.
// Time: O(entries x log runs), by a heap of the runs' heads.
template <typename Key, typename Emit>
void MergeRuns(std::vector<RunSlice<Key>> runs, Emit emit) {
  runs.erase(std::remove_if(runs.begin(), runs.end(), [](RunSlice<Key> r) { return r.empty(); }),
             runs.end());
  const auto later = [](RunSlice<Key> a, RunSlice<Key> b) { return a[0].key > b[0].key; };
  std::make_heap(runs.begin(), runs.end(), later);
  while (!runs.empty()) {
    const Key key = runs.front()[0].key;
    std::int64_t count = 0;
    while (!runs.empty() && runs.front()[0].key == key) {
      std::pop_heap(runs.begin(), runs.end(), later);
      RunSlice<Key>& run = runs.back();
      count += run[0].count;
      run.remove_prefix(1);
      if (run.empty()) {
        runs.pop_back();
      } else {
        std::push_heap(runs.begin(), runs.end(), later);
      }
    }
    emit(key, count);
  }
}

}  // namespace bytepiece
