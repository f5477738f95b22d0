// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/corpus_pass.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"
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

class FunctionWork : public CorpusWork {
 public:
  using Function = std::function<void(int worker, std::string_view text)>;
  explicit FunctionWork(Function function) : function_(std::move(function)) {}
  void Slice(int worker, std::string_view text, std::int64_t) override { function_(worker, text); }
  absl::Status Pause(const CorpusPosition&, Progress*) override { return absl::OkStatus(); }

 private:
  Function function_;
};

absl::Status ForEachSlice(DocumentSource* source, const CorpusPassOptions& options,
                          ProgressSink* sink, FunctionWork::Function function,
                          std::int64_t* documents = nullptr) {
  FunctionWork work(std::move(function));
  CorpusPosition position;
  const absl::Status status = RunCorpusPass(source, options, sink, &work, &position);
  if (documents != nullptr) *documents = position.documents;
  return status;
}

TEST_CASE("boundaries are between slices, and in none") {
  const std::vector<SpecialToken> tokens = {{"<|a|>"}, {"<|a|>!"}, {"e\u0301"}};
  const auto boundaries = SpecialTokens::Create(tokens, kFirstPieceId);
  REQUIRE(boundaries.ok());
  const std::string line(300'000, 'x');  // longer than a slice
  for (const int threads : {1, 3}) {
    VectorSource source(
        {"<|a|>", "a<|a|><|a|>!<|a|>b", "oe\u0301e", "<eos>", line + "<|a|>\n" + line});
    CorpusPassOptions options = Options(threads);
    options.boundaries = &*boundaries;
    std::mutex mutex;
    std::multiset<std::string> slices;
    REQUIRE(ForEachSlice(&source, options, nullptr, [&](int, std::string_view text) {
              const std::lock_guard lock(mutex);
              slices.insert(std::string(text));
            }).ok());
    CHECK(slices == std::multiset<std::string>{"a", "b", "o", "e", "<eos>", line, "\n", line});
  }
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

// Remembers what it saw, and fails at a given pause.
class Log : public CorpusWork {
 public:
  explicit Log(int pauses) : left_(pauses) {}
  void Slice(int, std::string_view text, std::int64_t) override {
    const std::lock_guard lock(mutex_);
    seen += text;
  }
  absl::Status Pause(const CorpusPosition& position, Progress* progress) override {
    last = position;
    skipped = progress->skipped;
    return left_-- > 0 ? absl::OkStatus() : absl::AbortedError("enough");
  }
  std::string seen;
  CorpusPosition last;
  std::int64_t skipped = 0;

 private:
  std::mutex mutex_;
  int left_;
};

TEST_CASE("a pass goes on from any position it was left at") {
  VectorSource source({"a", "", "bc", "d", "efg", "h"});
  CorpusPassOptions options = Options(1);
  options.batch_bytes = 2;
  for (int pauses = 0; pauses < 4; ++pauses) {
    CorpusPosition position;
    Log first(pauses);
    const absl::Status status = RunCorpusPass(&source, options, nullptr, &first, &position);
    CHECK(position == first.last);
    if (status.ok()) {
      CHECK(first.seen == "abcdefgh");
      CHECK(pauses == 3);
      continue;
    }
    CHECK(status.message() == "enough");
    options.batch_bytes = 1 + pauses;  // another memory limit, another batch
    Log rest(100);
    REQUIRE(RunCorpusPass(&source, options, nullptr, &rest, &position).ok());
    options.batch_bytes = 2;
    CHECK(first.seen + rest.seen == "abcdefgh");
    CHECK((rest.skipped > 0 || rest.seen.empty()));
    CHECK(position.parts == 6);
    CHECK(position.documents == 6);
  }
}

// The digests of a whole pass.
InputDigests DigestsOf(const Strings& documents, int threads, std::int64_t batch_bytes) {
  VectorSource source(documents);
  CorpusPassOptions options = Options(threads);
  options.batch_bytes = batch_bytes;
  CorpusPosition position;
  REQUIRE(RunCorpusPass(&source, options, nullptr, nullptr, &position).ok());
  return position.inputs;
}

TEST_CASE("what a pass found does not depend on threads or on what is read at once") {
  RandomText random(4);
  Strings documents;
  for (int i = 0; i < 50; ++i) documents.push_back(random.Bytes(random.Below(500)));
  const InputDigests expected = DigestsOf(documents, 1, 100);
  CHECK(DigestsOf(documents, 3, 1000) == expected);
  CHECK(DigestsOf(documents, 2, 100'000) == expected);
  std::swap(documents[3], documents[7]);
  CHECK(DigestsOf(documents, 1, 100) != expected);
}

TEST_CASE("a pass that finds other text than the one before is refused at its end") {
  const Strings documents = {"a", "", "bc", "d", "efg", "h"};
  CorpusPassOptions options = Options(2);
  options.inputs = DigestsOf(documents, 1, 2);
  const auto read = [&](const Strings& now) {
    VectorSource source(now);
    Log log(100);
    CorpusPosition position;
    return RunCorpusPass(&source, options, nullptr, &log, &position);
  };
  CHECK(read(documents).ok());
  for (const Strings& other :
       {Strings{"a", "", "bc", "d", "efG", "h"}, Strings{"a", "", "bc", "d", "efg"},
        Strings{"a", "", "bc", "d", "efg", "h", ""}, Strings{"a", "", "b", "cd", "efg", "h"}}) {
    CHECK_THAT(std::string(read(other).message()), Contains("the corpus has changed since"));
  }
}

TEST_CASE("a pass goes on only after what lay before its position") {
  VectorSource source({"a", "", "bc", "d", "efg", "h"});
  CorpusPassOptions options = Options(1);
  options.batch_bytes = 2;
  CorpusPosition left;
  Log first(0);
  REQUIRE_FALSE(RunCorpusPass(&source, options, nullptr, &first, &left).ok());
  REQUIRE(left.parts > 1);
  REQUIRE(left.parts < 5);
  const auto go_on = [&](const Strings& now) {
    VectorSource changed(now);
    CorpusPosition position = left;
    Log rest(100);
    return RunCorpusPass(&changed, options, nullptr, &rest, &position);
  };
  CHECK(go_on({"a", "", "bc", "d", "efg", "H"}).ok());  // not read before
  for (const Strings& other : {Strings{"A", "", "bc", "d", "efg", "h"}, Strings{"a"}, Strings{}}) {
    for (const std::int64_t batch_bytes : {1, 2, 100}) {
      options.batch_bytes = batch_bytes;
      CHECK_THAT(std::string(go_on(other).message()), Contains("the corpus has changed since"));
    }
  }
}

class Heavy : public VectorSource {
 public:
  Heavy(Strings documents, std::int64_t weight)
      : VectorSource(std::move(documents)), weight_(weight) {}
  std::int64_t weight() const override { return weight_; }
  std::int64_t unit() const override { return 1000; }

 private:
  std::int64_t weight_;
};

TEST_CASE("text that weighs more than counts can hold is refused before it is counted") {
  const auto read = [](std::int64_t bytes, std::int64_t weight) {
    Heavy source({std::string(bytes / 2, 'a'), std::string(bytes - bytes / 2, 'b')}, weight);
    CorpusPosition position;
    return RunCorpusPass(&source, Options(2), nullptr, nullptr, &position);
  };
  CHECK(read(8, kMaxWeightedBytes / 8 - 1).ok());
  CHECK_THAT(std::string(read(8, kMaxWeightedBytes / 8).message()),
             Contains("2305843009213693 bytes or more") && Contains("use smaller weights"));
  CHECK_FALSE(read(1000, std::int64_t{1} << 62).ok());
}

// Remembers how much it had seen at each mark; fails at a given pause.
class MarkLog : public CorpusWork {
 public:
  explicit MarkLog(int pauses) : left_(pauses) {}
  void Slice(int, std::string_view text, std::int64_t) override { seen += text.size(); }
  absl::Status Mark() override {
    marks.push_back(seen.load());
    return absl::OkStatus();
  }
  absl::Status Pause(const CorpusPosition&, Progress*) override {
    return left_-- > 0 ? absl::OkStatus() : absl::AbortedError("enough");
  }
  std::atomic<std::size_t> seen = 0;
  std::vector<std::size_t> marks;

 private:
  int left_;
};

TEST_CASE("marks lie at the same places, whatever is read at once and wherever a run goes on") {
  Strings documents;
  RandomText random(6);
  for (int i = 0; i < 100; ++i) documents.push_back(random.Over("abc", random.Below(90)));
  documents.insert(documents.begin() + 50, random.Over("abc", 1000));  // ten marks, once
  std::vector<std::size_t> expected;
  std::size_t bytes = 0;
  for (const std::string& document : documents) {
    const std::size_t before = bytes;
    bytes += document.size();
    if (bytes / 100 > before / 100) expected.push_back(bytes);
  }
  VectorSource source(documents);
  CorpusPassOptions options = Options(1);
  MarkLog none(1000);
  CorpusPosition position;
  REQUIRE(RunCorpusPass(&source, options, nullptr, &none, &position).ok());
  CHECK(none.marks.empty());
  options.mark_every = 100;
  for (const int threads : {1, 3}) {
    for (const std::int64_t batch : {1, 70, 333, 100'000}) {
      for (const int pauses : {0, 1, 5, 1000}) {
        CAPTURE(threads, batch, pauses);
        options.threads = threads;
        options.batch_bytes = batch;
        position = CorpusPosition();
        MarkLog first(pauses);
        const absl::Status status = RunCorpusPass(&source, options, nullptr, &first, &position);
        std::vector<std::size_t> marks = first.marks;
        if (!status.ok()) {
          MarkLog rest(1000);
          options.batch_bytes = 200;
          REQUIRE(RunCorpusPass(&source, options, nullptr, &rest, &position).ok());
          for (const std::size_t mark : rest.marks) marks.push_back(first.seen + mark);
        }
        CHECK(marks == expected);
      }
    }
  }
}

TEST_CASE("an error at a mark ends the pass") {
  class Failing : public MarkLog {
   public:
    Failing() : MarkLog(1000) {}
    absl::Status Mark() override { return absl::UnavailableError("no room"); }
  };
  VectorSource source({"abc", "def", "ghi"});
  CorpusPassOptions options = Options(1);
  options.mark_every = 5;
  Failing work;
  CorpusPosition position;
  CHECK(RunCorpusPass(&source, options, nullptr, &work, &position) ==
        absl::UnavailableError("no room"));
  CHECK(work.seen == 6);
}

}  // namespace
}  // namespace bytepiece
