// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/counting_work.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "trainer/counts/piece_run.h"
#include "trainer/passes/counting_options.h"
#include "trainer/pieces/piece_counter.h"

namespace bytepiece {
namespace {

// Counts whole slices.
class SliceCounting : public CountingWork {
 public:
  SliceCounting(const CountingOptions& options, RunSet* runs, CountingState* state,
                std::int64_t most_run_bytes)
      : CountingWork(options, runs, state),
        counters_(options.threads),
        most_run_bytes_(most_run_bytes) {}

  void Slice(int worker, std::string_view text, std::int64_t weight) override {
    AddBytes(worker, text, weight);
    counters_[worker].SetWeight(weight);
    counters_[worker].Add(text);
  }

 protected:
  void Collect() override { TakeAll(); }
  std::int64_t MostRunBytes() const override { return most_run_bytes_; }
  std::vector<CountRun> Take(int worker) override {
    std::vector<CountRun> runs;
    runs.push_back(counters_[worker].TakeRun());
    return runs;
  }

 private:
  std::vector<PieceCounter> counters_;
  std::int64_t most_run_bytes_;
};

TEST_CASE("counting work: runs are spilled past their limit, and all of the text is in them") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  const TrainerSpec spec;
  std::vector<std::string> documents;
  for (int i = 0; i < 200; ++i) documents.push_back("document " + std::to_string(i % 50));
  for (const std::int64_t most_run_bytes : {std::int64_t{1}, std::int64_t{1} << 20}) {
    CountingOptions options;
    options.spec = &spec;
    options.threads = 2;
    options.budget = *DivideMemory(std::int64_t{1} << 30, 2);
    options.budget.batch_bytes = 100;
    int saved = 0;
    CountingState at_checkpoint;
    const bool checkpoints = most_run_bytes > 1;
    if (checkpoints) {
      options.checkpoint_due = [&saved] { return ++saved == 3; };
      options.checkpoint = [&](const CountingState& state, const RunSet& runs) {
        CHECK(runs.memory_bytes() == 0);
        at_checkpoint = state;
        return absl::OkStatus();
      };
    }
    VectorSource source(documents);
    RunSet runs(PieceHeader(spec, 1, 0), &store);
    CountingState state;
    SliceCounting work(options, &runs, &state, most_run_bytes);
    REQUIRE(work.Run(&source, CorpusPosition()).ok());
    CHECK(runs.spilled_bytes() > 0);
    CHECK(state.position.documents == 200);
    CHECK(state.corpus() == CorpusSize{200, {{1, 200 * 11 - 4 * 10}}});
    if (checkpoints) {
      CHECK(at_checkpoint.position.documents > 0);
      CHECK(at_checkpoint.position.documents < 200);
    }
    std::int64_t distinct = 0;
    REQUIRE(MergePieces(runs.runs(), [&](const std::string&, std::int64_t count) {
              CHECK(count == 4);
              ++distinct;
              return absl::OkStatus();
            }).ok());
    CHECK(distinct == 50);
  }
}

TEST_CASE("counting work: what a checkpoint cannot write ends the pass") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  const TrainerSpec spec;
  CountingOptions options;
  options.spec = &spec;
  options.budget = *DivideMemory(std::int64_t{1} << 30, 1);
  options.checkpoint_due = [] { return true; };
  options.checkpoint = [](const CountingState&, const RunSet&) {
    return absl::UnavailableError("no room");
  };
  VectorSource source({"one"});
  RunSet runs(PieceHeader(spec, 1, 0), &store);
  CountingState state;
  SliceCounting work(options, &runs, &state, 1);
  CHECK(work.Run(&source, CorpusPosition()) == absl::UnavailableError("no room"));
}

}  // namespace
}  // namespace bytepiece
