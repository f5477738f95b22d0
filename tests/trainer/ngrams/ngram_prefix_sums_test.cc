// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_prefix_sums.h"

#include <cstdint>
#include <map>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

struct Recorder {
  void Close(std::uint64_t ngram, int length, std::int64_t count) {
    REQUIRE(NgramKey64::Length(ngram) == length);
    for (int j = 1; j <= length; ++j) {
      REQUIRE(counts.count(NgramKey64::Prefix(ngram, j)) == 0);  // what it begins with is open
    }
    counts[ngram] = count;
  }

  std::map<std::uint64_t, std::int64_t> counts;
};

TEST_CASE("every n-gram closes once, with the sum of what begins with it") {
  RandomText random(8);
  for (int round = 0; round < 50; ++round) {
    std::map<std::uint64_t, std::int64_t> own;
    NgramKey64::ForEachWindow(random.Over("ab\xFF", 200) + std::string(3, '\0'), 7,
                              [&](std::uint64_t key, int) { own[key] += 1 + random.Below(5); });
    std::map<std::uint64_t, std::int64_t> expected;
    NgramPrefixSums sums;
    Recorder recorder;
    for (const auto& [key, count] : own) {
      for (int j = 1; j <= NgramKey64::Length(key); ++j) {
        expected[NgramKey64::Prefix(key, j)] += count;
      }
      sums.Add(key, count - 1, &recorder);
      sums.Add(key, 1, &recorder);  // keys may repeat
    }
    sums.Finish(&recorder);
    const bool same = recorder.counts == expected;
    CHECK(same);
  }
}

}  // namespace
}  // namespace bytepiece
