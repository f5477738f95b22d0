// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/frequent_pairs.h"

#include <algorithm>

#include "trainer/grow/pair_counter.h"

namespace bytepiece {
namespace {

// The most frequent; of equal ones those of pieces with lower numbers, that is bytes.
void KeepMostFrequent(std::size_t number, std::vector<CountedPair>* pairs) {
  if (pairs->size() <= number) return;
  std::nth_element(pairs->begin(), pairs->begin() + static_cast<std::ptrdiff_t>(number),
                   pairs->end(), [](const CountedPair& a, const CountedPair& b) {
                     return a.count != b.count ? a.count > b.count : a.key < b.key;
                   });
  pairs->resize(number);
}

}  // namespace

absl::StatusOr<std::vector<CountedPair>> MostFrequentPairs(
    const RunSet& pairs, std::size_t most,
    const std::function<bool(std::uint64_t key, std::int64_t count)>& may_take) {
  std::vector<CountedPair> best;
  absl::Status status = MergeNgrams(pairs.runs(), PairCounter::kOrder, 0, kNoNgram,
                                    [&](std::uint64_t key, std::int64_t count) {
                                      if (!may_take(key, count)) return;
                                      best.push_back({key, count});
                                      if (best.size() == 2 * most) KeepMostFrequent(most, &best);
                                    });
  if (!status.ok()) return status;
  KeepMostFrequent(most, &best);
  return best;
}

}  // namespace bytepiece
