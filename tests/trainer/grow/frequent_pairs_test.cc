// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/frequent_pairs.h"

#include <algorithm>
#include <map>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "trainer/grow/pair_counter.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::uint64_t, std::int64_t>;

// Most frequent first, of equal ones the smaller key.
std::vector<CountedPair> Sorted(std::vector<CountedPair> pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const CountedPair& a, const CountedPair& b) {
    return a.count != b.count ? a.count > b.count : a.key < b.key;
  });
  return pairs;
}

TEST_CASE("the most frequent pairs are those of all sorted by count, as far as they may be taken") {
  RandomText random(23);
  PairCounter counter(100);
  RunSet runs(PairCounter::Header(TrainerSpec(), 1), nullptr);
  for (int i = 0; i < 5000; ++i) {
    counter.Add(static_cast<std::int32_t>(random.Below(1 + random.Below(20))),
                static_cast<std::int32_t>(random.Below(1 + random.Below(20))));
  }
  runs.Add(counter.TakeRuns());
  const auto any = [](std::uint64_t, std::int64_t) { return true; };
  const std::vector<CountedPair> all = Sorted(*MostFrequentPairs(runs, 1000, any));
  REQUIRE(all.size() > 100);
  std::int64_t total = 0;
  for (const CountedPair& pair : all) total += pair.count;
  CHECK(total == 5000);
  const auto odd = [](std::uint64_t key, std::int64_t) { return PairCounter::Left(key) % 2 == 1; };
  for (const std::size_t most : {1, 3, 10, 77}) {
    CAPTURE(most);
    const std::vector<CountedPair> best = Sorted(*MostFrequentPairs(runs, most, any));
    REQUIRE(best.size() == most);
    for (std::size_t i = 0; i < most; ++i) {
      CHECK(best[i].key == all[i].key);
      CHECK(best[i].count == all[i].count);
    }
    std::vector<std::uint64_t> expected;
    for (const CountedPair& pair : all) {
      if (odd(pair.key, pair.count) && expected.size() < most) expected.push_back(pair.key);
    }
    std::vector<std::uint64_t> taken;
    for (const CountedPair& pair : Sorted(*MostFrequentPairs(runs, most, odd))) {
      taken.push_back(pair.key);
    }
    CHECK(taken == expected);
  }
}

}  // namespace
}  // namespace bytepiece
