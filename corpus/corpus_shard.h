// SPDX-License-Identifier: Apache-2.0
// A part of a corpus for one of many machines or tasks, which all are given the whole.
#pragma once

#include <cstdint>

namespace bytepiece::inline v0 {

// Every count-th document of all inputs together, from number `index` on, both counted from 0.
// The shards 0..count-1 hold every document once. Example: of 0, 1, 2, 3, 4, shard 1 of 2 holds
// 1 and 3.
struct CorpusShard {
  std::int64_t index = 0;
  std::int64_t count = 1;

  bool Holds(std::int64_t document) const { return document % count == index; }
  // The number in the whole corpus of the shard's document `number`.
  std::int64_t NumberInCorpus(std::int64_t number) const { return number * count + index; }
};

}  // namespace bytepiece::inline v0
