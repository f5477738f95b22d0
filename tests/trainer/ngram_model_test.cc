// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngram_model.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/trainer/naive_ngrams.h"
#include "trainer/merge_runs.h"
#include "trainer/ngram_counter.h"

namespace bytepiece {
namespace {

using Key = std::uint64_t;

std::vector<std::string> RandomChunks(std::mt19937* random, int alphabet) {
  std::vector<std::string> chunks((*random)() % 20);
  for (std::string& chunk : chunks) {
    chunk.resize(1 + (*random)() % 30);
    for (char& byte : chunk) byte = static_cast<char>((*random)() % alphabet);
  }
  return chunks;
}

// Counters with tiny buffers, so that every corpus makes many runs.
std::vector<SortedRun<Key>> Count(const std::vector<std::string>& chunks, int order) {
  std::vector<NgramCounter<Key>> counters(3, NgramCounter<Key>(order, 7));
  for (std::size_t i = 0; i < chunks.size(); ++i) counters[i % 3].Add(chunks[i]);
  std::vector<SortedRun<Key>> runs;
  for (NgramCounter<Key>& counter : counters) {
    for (SortedRun<Key>& run : counter.TakeRuns()) runs.push_back(std::move(run));
  }
  return runs;
}

void CollectScores(const NgramModel& model, const std::string& prefix, NgramModel::Index index,
                   std::map<std::string, double>* scores) {
  const int length = static_cast<int>(prefix.size());
  (*scores)[prefix] = model.level(length).scores[index];
  if (length == model.order()) return;
  const std::vector<NgramModel::Index>& children = model.level(length).children;
  for (NgramModel::Index c = children[index]; c < children[index + 1]; ++c) {
    const std::uint8_t label = model.level(length + 1).labels[c];
    CollectScores(model, prefix + static_cast<char>(label), c, scores);
  }
}

std::map<std::string, double> AllScores(const NgramModel& model) {
  std::map<std::string, double> scores;
  for (int a = 0; a < 256; ++a) {
    const std::string byte(1, static_cast<char>(a));
    scores[byte] = model.ByteScore(static_cast<std::uint8_t>(a));
    for (int b = 0; b < 256; ++b) {
      const NgramModel::Index pair =
          model.FindPair(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b));
      if (pair != NgramModel::kAbsent) {
        CollectScores(model, byte + static_cast<char>(b), pair, &scores);
      }
    }
  }
  return scores;
}

TEST_CASE("merged runs hold the windows of all chunks, each once, in order") {
  for (const std::uint32_t seed : {1u, 2u, 3u, 4u, 5u, 6u}) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const int order = 1 + static_cast<int>(seed);
    const std::vector<std::string> chunks = RandomChunks(&random, 3);
    std::map<Key, std::int64_t> expected;
    for (const std::string& chunk : chunks) {
      NgramKey<Key>::ForEachWindow(chunk, order, [&](Key key, int) { ++expected[key]; });
    }
    std::vector<RunSlice<Key>> slices;
    const std::vector<SortedRun<Key>> runs = Count(chunks, order);
    for (const SortedRun<Key>& run : runs) slices.emplace_back(run);
    auto next = expected.begin();
    MergeRuns<Key>(slices, [&](Key key, std::int64_t count) {
      REQUIRE(next != expected.end());
      REQUIRE(key == next->first);
      REQUIRE(count == next->second);
      ++next;
    });
    REQUIRE(next == expected.end());
  }
}

TEST_CASE("the model holds the kept n-grams with their scores, for any number of threads") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const int order = 2 + static_cast<int>(random() % 6);
    const std::int64_t min_count = 1 + random() % 4;
    const std::vector<std::string> chunks = RandomChunks(&random, seed % 3 == 0 ? 256 : 3);
    const std::map<std::string, double> expected =
        naive::Scores(naive::CountNgrams(chunks, order), min_count);
    for (const int threads : {1, 2, 7}) {
      const absl::StatusOr<NgramModel> model =
          NgramModel::Build(Count(chunks, order), order, min_count, threads);
      REQUIRE(model.ok());
      REQUIRE(model->num_ngrams() == static_cast<std::int64_t>(expected.size()));
      REQUIRE((AllScores(*model) == expected));  // to the last bit
    }
  }
}

}  // namespace
}  // namespace bytepiece
