// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/pair_counter.h"

#include <map>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "trainer/counts/ngram_run.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t>;

Counts Merged(const std::vector<CountRun>& runs) {
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  Counts counts;
  REQUIRE(MergeNgrams(pointers, PairCounter::kOrder, 0, kNoNgram,
                      [&](std::uint64_t key, std::int64_t count) {
                        counts[{PairCounter::Left(key), PairCounter::Right(key)}] = count;
                      })
              .ok());
  return counts;
}

TEST_CASE("pairs are counted whatever the buffer, the weights and the moments of taking") {
  RandomText random(19);
  for (const std::size_t buffer_keys : {1, 7, 1000, 1 << 20}) {
    PairCounter counter(buffer_keys);
    Counts expected;
    std::vector<CountRun> runs;
    for (int i = 0; i < 20'000; ++i) {
      const std::int64_t weight = i < 9000 ? 1 : 3;
      counter.SetWeight(weight);
      const auto left = static_cast<std::int32_t>(random.Below(1 + random.Below(200)));
      const auto right = static_cast<std::int32_t>(random.Below(1 + random.Below(200)));
      counter.Add(left, right);
      expected[{left, right}] += weight;
      if (i % 5000 == 0) {
        for (CountRun& run : counter.TakeFinishedRuns()) runs.push_back(std::move(run));
      }
    }
    for (CountRun& run : counter.TakeRuns()) runs.push_back(std::move(run));
    CHECK((Merged(runs) == expected));
    CHECK(counter.TakeRuns().empty());
  }
}

TEST_CASE("the largest numbers come back") {
  PairCounter counter(10);
  counter.Add((1 << 28) - 1, 0);
  counter.Add(0, (1 << 28) - 1);
  CHECK((Merged(counter.TakeRuns()) == Counts{{{(1 << 28) - 1, 0}, 1}, {{0, (1 << 28) - 1}, 1}}));
}

}  // namespace
}  // namespace bytepiece
