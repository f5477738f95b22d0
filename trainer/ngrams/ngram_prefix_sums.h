// SPDX-License-Identifier: Apache-2.0
// Makes of the counts of a sorted stream of n-grams those of all their prefixes: the
// count of an n-gram is the sum over the keys that begin with it, and these are
// neighbours.
//
// An n-gram is open while the keys begin with it; when one comes that does not, its
// count is complete and it closes, after all that begin with it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "trainer/counts/ngram_run.h"

namespace bytepiece {

class NgramPrefixSums {
 public:
  // Keys ascend, or repeat. Calls taker->Close(ngram, length, count) for what the key
  // closes, longest first.
  template <typename Taker>
  void Add(std::uint64_t key, std::int64_t count, Taker* taker) {
    CloseDownTo(NgramKey64::CommonPrefix(key, current_), taker);
    current_ = key;
    open_[NgramKey64::Length(key)] += count;
  }

  // Closes what is open.
  template <typename Taker>
  void Finish(Taker* taker) {
    CloseDownTo(0, taker);
    current_ = 0;
  }

 private:
  template <typename Taker>
  void CloseDownTo(int length, Taker* taker) {
    for (int j = NgramKey64::Length(current_); j > length; --j) {
      const std::int64_t count = std::exchange(open_[j], 0);
      if (j > 1) open_[j - 1] += count;
      taker->Close(NgramKey64::Prefix(current_, j), j, count);
    }
  }

  std::uint64_t current_ = 0;                                      // the empty n-gram
  std::array<std::int64_t, sizeof(std::uint64_t) + 1> open_ = {};  // by length
};

}  // namespace bytepiece
