// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_folding.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/trainer/counts/count_files.h"
#include "trainer/ngrams/ngram_counter.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::uint64_t, std::int64_t>;

std::uint64_t Key(const std::string& ngram) {
  std::uint64_t key = ngram.size();
  for (std::size_t i = 0; i < ngram.size(); ++i) {
    key |= std::uint64_t{static_cast<unsigned char>(ngram[i])} << (56 - 8 * i);
  }
  return key;
}

Counts Read(const RunSet& runs) {
  Counts counts;
  REQUIRE(MergeNgrams(runs.runs(), runs.header().spec.order, 0, kNoNgram,
                      [&](std::uint64_t key, std::int64_t count) { counts[key] = count; })
              .ok());
  return counts;
}

// The sum, for every n-gram, over the keys that begin with it.
Counts Totals(const Counts& own) {
  Counts totals;
  for (const auto& [key, count] : own) {
    for (int j = 1; j <= NgramKey64::Length(key); ++j) totals[NgramKey64::Prefix(key, j)] += count;
  }
  return totals;
}

// Does what the header says, word for word: each key goes to the longest of its prefixes, itself
// included, that was counted often enough, or is one byte.
Counts NaivelyFolded(const Counts& own, std::int64_t below) {
  const Counts totals = Totals(own);
  Counts folded;
  for (const auto& [key, count] : own) {
    int j = NgramKey64::Length(key);
    while (j > 1 && totals.at(NgramKey64::Prefix(key, j)) < below) --j;
    folded[NgramKey64::Prefix(key, j)] += count;
  }
  return folded;
}

// Chunks' n-grams as runs of a few keys each.
void Count(const std::string& text, int order, std::int64_t weight, RunSet* runs) {
  NgramCounter counter(order, 300);
  counter.SetWeight(weight);
  for (std::size_t i = 0; i < text.size(); i += 97) counter.Add(text.substr(i, 97));
  runs->Add(counter.TakeRuns());
}

CountHeader Header(int order) {
  TrainerSpec spec;
  spec.order = order;
  return NgramHeader(spec, 1);
}

TEST_CASE("the example of the header") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  RunSet runs(Header(3), &store);
  runs.Add(MakeNgramRun({{Key("abc"), 2}, {Key("abd"), 2}, {Key("xyz"), 1}}, 3));
  REQUIRE(FoldRareNgrams(3, 1, &runs).ok());
  CHECK(Read(runs) == Counts{{Key("ab"), 4}, {Key("x"), 1}});
  runs.Add(MakeNgramRun({{Key("abd"), 3}}, 3));
  REQUIRE(FoldRareNgrams(3, 1, &runs).ok());
  CHECK(Read(runs) == Counts{{Key("ab"), 4}, {Key("abd"), 3}, {Key("x"), 1}});
}

TEST_CASE("folding is what its definition says, in any number of ranges") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  for (int order = 2; order <= 7; ++order) {
    for (const std::int64_t below : {2, 3, 50}) {
      CAPTURE(order, below);
      RandomText random(order * 100 + below);
      const std::string text = random.Over("ab\n", 2000) + random.ValidUtf8(5000) +
                               random.Bytes(3000) + random.MutatedUtf8(3000);
      Counts expected;
      for (const int threads : {1, 2, 5, 20}) {
        RunSet runs(Header(order), &store);
        Count(text, order, 1, &runs);
        if (threads == 5) REQUIRE(runs.Spill(2).ok());
        Count(text.substr(0, 1000), order, 3, &runs);
        if (expected.empty()) expected = NaivelyFolded(Read(runs), below);
        REQUIRE(FoldRareNgrams(below, threads, &runs).ok());
        const bool same = Read(runs) == expected;
        CHECK(same);
        CHECK(runs.memory_bytes() == 0);
        CHECK(runs.num_files() < 96);
      }
    }
  }
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("a count is below - 1 too low at most for each folding, and never too high") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  for (const std::int64_t below : {2, 5}) {
    RandomText random(below);
    const int order = 4;
    RunSet exact(Header(order), &store);
    RunSet approximate(Header(order), &store);
    std::int64_t largest = 0;
    for (std::int64_t foldings = 1; foldings <= 6; ++foldings) {
      const std::string text = random.Over("abcdefghij", 4000) + random.ValidUtf8(4000);
      Count(text, order, 1, &exact);
      Count(text, order, 1, &approximate);
      REQUIRE(FoldRareNgrams(below, 2, &approximate).ok());
      const Counts lower = Totals(Read(approximate));
      for (const auto& [key, count] : Totals(Read(exact))) {
        const auto found = lower.find(key);
        const std::int64_t lost = count - (found == lower.end() ? 0 : found->second);
        CAPTURE(below, foldings, key);
        REQUIRE(lost >= 0);
        REQUIRE(lost <= (NgramKey64::Length(key) == 1 ? 0 : foldings * (below - 1)));
        largest = std::max(largest, lost);
      }
    }
    CHECK(largest > 3 * (below - 1));  // the bound is not far off
  }
}

TEST_CASE("nothing stays nothing") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  RunSet runs(Header(6), &store);
  REQUIRE(FoldRareNgrams(2, 3, &runs).ok());
  CHECK(runs.runs().empty());
}

TEST_CASE("what cannot be written or read is an error") {
  const TempDir dir;
  TemporaryRuns none(dir.File("none"));
  RunSet runs(Header(6), &none);
  runs.Add(MakeNgramRun({{Key("ab"), 9}}, 6));
  CHECK_THAT(std::string(FoldRareNgrams(2, 1, &runs).message()), Contains("--temp-dir"));
  const std::string bytes = "\x02\x02";
  CountRun damaged;
  damaged.Append(CountBlock::Describe(Key("ab"), 2, bytes), bytes);
  TemporaryRuns store(dir.path());
  RunSet bad(Header(6), &store);
  bad.Add(std::move(damaged));
  CHECK_THAT(std::string(FoldRareNgrams(2, 1, &bad).message()), Contains("damaged"));
}

}  // namespace
}  // namespace bytepiece
