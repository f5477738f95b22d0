// SPDX-License-Identifier: Apache-2.0
#include "trainer/corpus_pass.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "bytepiece/normalizer.h"
#include "bytepiece/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using Strings = std::vector<std::string>;

Strings Chunks(std::string_view text) {
  Strings chunks;
  const TrainingSplitter splitter(false);
  while (!text.empty()) {
    const std::size_t length = splitter.NextChunk(text);
    chunks.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return chunks;
}

CorpusPassOptions Options(int threads) {
  return {Normalization::kNfc, threads, {.stage = 2, .stages = 3, .name = "reading"}};
}

TEST_CASE("slices have the chunks of the whole documents, each once") {
  RandomText random(3);
  const Strings documents = {"",
                             random.ValidUtf8(1'500'000),
                             "e\u0301",
                             random.MutatedUtf8(400'000),
                             std::string(600'000, '\n'),
                             std::string(600'000, 'a')};
  Strings expected;
  for (const std::string& document : documents) {
    std::string buffer;
    for (std::string& chunk : Chunks(Normalize(Normalization::kNfc, document, &buffer))) {
      expected.push_back(std::move(chunk));
    }
  }
  std::sort(expected.begin(), expected.end());
  VectorSource source(documents);
  for (const int threads : {1, 3}) {
    std::vector<Strings> by_worker(threads);
    std::int64_t count = 0;
    REQUIRE(ForEachSlice(
                &source, Options(threads), nullptr,
                [&](int worker, std::string_view text) {
                  for (std::string& chunk : Chunks(text)) {
                    by_worker[worker].push_back(std::move(chunk));
                  }
                },
                &count)
                .ok());
    CHECK(count == 6);
    Strings seen;
    for (const Strings& part : by_worker) seen.insert(seen.end(), part.begin(), part.end());
    std::sort(seen.begin(), seen.end());
    const bool same = seen == expected;
    CHECK(same);
  }
}

TEST_CASE("long documents are cut, so that all threads have work") {
  RandomText random(4);
  VectorSource source({random.ValidUtf8(3'000'000)});
  std::atomic<int> slices = 0;
  REQUIRE(
      ForEachSlice(&source, Options(2), nullptr, [&](int, std::string_view) { ++slices; }).ok());
  CHECK(slices > 5);
}

class Recorder : public ProgressSink {
 public:
  bool Update(const Progress& progress) override {
    CHECK(progress.stage == 2);
    CHECK(progress.total == 20'000'002);
    CHECK(progress.unit == "bytes");
    CHECK(progress.done > done);
    done = progress.done;
    ++updates;
    return updates < stop_at;
  }
  std::int64_t done = 0;
  int updates = 0;
  int stop_at = 1 << 30;
};

TEST_CASE("progress grows to the whole, and false stops") {
  VectorSource source({std::string(10'000'000, 'a'), "xy", std::string(10'000'000, 'b')});
  const auto nothing = [](int, std::string_view) {};
  Recorder recorder;
  REQUIRE(ForEachSlice(&source, Options(1), &recorder, nothing).ok());
  CHECK(recorder.done == 20'000'002);
  CHECK(recorder.updates > 1);
  Recorder stopper;
  stopper.stop_at = 1;
  CHECK(absl::IsCancelled(ForEachSlice(&source, Options(1), &stopper, nothing)));
  CHECK(stopper.updates == 1);
}

}  // namespace
}  // namespace bytepiece
