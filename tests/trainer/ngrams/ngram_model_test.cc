// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_model.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/trainer/ngrams/naive_ngrams.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/ngrams/ngram_counter.h"
#include "trainer/ngrams/ngram_parts.h"

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
std::vector<CountRun> Count(const std::vector<std::string>& chunks, int order) {
  std::vector<NgramCounter> counters(3, NgramCounter(order, 8));
  for (std::size_t i = 0; i < chunks.size(); ++i) counters[i % 3].Add(chunks[i]);
  std::vector<CountRun> runs;
  for (NgramCounter& counter : counters) {
    for (CountRun& run : counter.TakeRuns()) runs.push_back(std::move(run));
  }
  return runs;
}

RunPointers Pointers(const std::vector<CountRun>& runs) {
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  return pointers;
}

// Collects the scores of the children of `prefix`.
void CollectScores(const NgramModel& model, const std::string& prefix, std::uint32_t family_place,
                   double log_parent, std::map<std::string, double>* scores) {
  if (family_place == NgramModel::kNoFamily) return;
  const int length = static_cast<int>(prefix.size()) + 1;
  REQUIRE(length <= model.order());
  const NgramModel::Family family(model.families(length) + family_place);
  for (std::size_t i = 0; i < family.size(); ++i) {
    const std::string ngram = prefix + static_cast<char>(family.labels()[i]);
    if (i > 0) REQUIRE(family.labels()[i - 1] < family.labels()[i]);
    const std::uint32_t* const entry = family.entries() + model.EntryWords(length) * i;
    const double log_count = model.log_counts()[entry[0]];
    (*scores)[ngram] = log_count - log_parent;
    if (length < model.order()) CollectScores(model, ngram, entry[1], log_count, scores);
  }
}

std::map<std::string, double> AllScores(const NgramModel& model) {
  std::map<std::string, double> scores;
  for (int a = 0; a < 256; ++a) {
    const auto first = static_cast<std::uint8_t>(a);
    const std::string byte(1, static_cast<char>(a));
    scores[byte] = model.ByteScore(first);
    for (int b = 0; b < 256; ++b) {
      const NgramModel::Node pair = model.Pair(first, static_cast<std::uint8_t>(b));
      if (pair.count_rank == NgramModel::kAbsent) continue;
      const double log_count = model.log_counts()[pair.count_rank];
      const std::string bytes = byte + static_cast<char>(b);
      scores[bytes] = log_count - model.LogByteCount(first);
      CollectScores(model, bytes, pair.family, log_count, &scores);
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
    const std::vector<CountRun> runs = Count(chunks, order);
    auto next = expected.begin();
    const auto check = [&](Key key, std::int64_t count) {
      REQUIRE(next != expected.end());
      REQUIRE(key == next->first);
      REQUIRE(count == next->second);
      ++next;
    };
    REQUIRE(MergeNgrams(Pointers(runs), order, 0, kNoNgram, check).ok());
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
    const std::vector<CountRun> runs = Count(chunks, order);
    for (const int threads : {1, 2, 7}) {
      const absl::StatusOr<NgramModel> model = NgramModel::Build(
          Pointers(runs), {.order = order, .min_count = min_count, .threads = threads});
      REQUIRE(model.ok());
      REQUIRE(model->num_ngrams() == static_cast<std::int64_t>(expected.size()));
      REQUIRE((AllScores(*model) == expected));  // to the last bit
    }
  }
}

TEST_CASE("a model that does not fit says what it takes") {
  std::mt19937 random(1);
  std::vector<std::string> chunks;
  std::string bytes(100'000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  chunks.push_back(bytes);
  std::vector<CountRun> runs = Count(chunks, 6);
  NgramModelOptions options = {.min_count = 1, .threads = 2};
  const auto whole = NgramModel::Build(Pointers(runs), options);
  REQUIRE(whole.ok());
  // Five sixths of the n-grams are of length 3 to 6, 9 or 5 bytes each.
  CHECK(whole->memory_bytes() > 3'000'000);
  options.max_bytes = 1'000'000;
  const auto model = NgramModel::Build(Pointers(runs), options);
  REQUIRE(model.status().code() == absl::StatusCode::kResourceExhausted);
  const std::string message(model.status().message());
  CHECK(message.find("raise --memory-limit, or raise --min-count above 1") != std::string::npos);
  // The advice it gives is good.
  options.max_bytes = whole->memory_bytes() * 5 / 4 + 100;
  CHECK(NgramModel::Build(Pointers(runs), options).ok());
}

}  // namespace
}  // namespace bytepiece
