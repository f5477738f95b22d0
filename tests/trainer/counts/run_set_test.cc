// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/run_set.h"

#include <filesystem>
#include <random>

#include "tests/support/catch.h"
#include "tests/trainer/counts/count_files.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::uint64_t, std::int64_t>;

TEST_CASE("spilling at any moment loses nothing, and few files stay open") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  TrainerSpec spec;
  for (const int threads : {1, 3}) {
    RunSet runs(NgramHeader(spec, 1), &store);
    std::mt19937_64 random(threads);
    Counts expected;
    std::size_t most_files = 0;
    for (int i = 0; i < 400; ++i) {
      Counts counts;
      for (int j = 0; j < 50; ++j) counts[(random() % 3000) << 16 | 6] += 1;
      for (const auto& [key, count] : counts) expected[key] += count;
      runs.Add(MakeNgramRun(counts, 6));
      if (random() % 3 != 0) REQUIRE(runs.Spill(threads).ok());
      most_files = std::max(most_files, runs.num_files());
    }
    CHECK(runs.memory_bytes() >= 0);
    CHECK(runs.spilled_bytes() > 50'000);
    CHECK(most_files > 50);
    CHECK(most_files < 100);
    REQUIRE(runs.Spill(threads).ok());
    CHECK(runs.memory_bytes() == 0);
    Counts merged;
    REQUIRE(MergeNgrams(runs.runs(), 6, 0, kNoNgram, [&](std::uint64_t key, std::int64_t count) {
              merged[key] = count;
            }).ok());
    const bool same = merged == expected;
    CHECK(same);
    CHECK(std::filesystem::is_empty(dir.path()));
  }
}

TEST_CASE("few files stay open for any number of threads") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  constexpr int kThreads = 70;
  RunSet runs(NgramHeader(TrainerSpec(), 1), &store);
  for (int i = 0; i < 4; ++i) {
    for (std::uint64_t run = 0; run < kThreads; ++run) {
      runs.Add(MakeNgramRun({{run << 16 | 6, 1}}, 6));
    }
    REQUIRE(runs.Spill(kThreads).ok());
    CHECK(runs.num_files() <= 96);
  }
  std::int64_t sum = 0;
  REQUIRE(MergeNgrams(runs.runs(), 6, 0, kNoNgram, [&](std::uint64_t, std::int64_t count) {
            CHECK(count == 4);
            sum += count;
          }).ok());
  CHECK(sum == 4 * kThreads);
}

TEST_CASE("a folder that is not there is an error") {
  const TempDir dir;
  TemporaryRuns store(dir.File("none"));
  RunSet runs(NgramHeader(TrainerSpec(), 1), &store);
  CHECK(runs.Spill(2).ok());  // nothing to write
  runs.Add(MakeNgramRun({{(std::uint64_t{'a'} << 56) | 1, 2}}, 6));
  CHECK_THAT(std::string(runs.Spill(2).message()), Contains("--temp-dir"));
}

}  // namespace
}  // namespace bytepiece
