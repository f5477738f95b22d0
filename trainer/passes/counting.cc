// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/counting.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/text/splitter.h"
#include "trainer/ngrams/ngram_counter.h"
#include "trainer/ngrams/ngram_folding.h"
#include "trainer/ngrams/ngram_segmenter.h"
#include "trainer/passes/counting_work.h"
#include "trainer/pieces/piece_counter.h"

namespace bytepiece {
namespace {

// Chunks are segmented together until they hold this many bytes: enough for the
// look-ups of short lines to overlap, little enough for the cache.
constexpr std::size_t kSegmentedTogether = 4096;

class NgramCounting : public CountingWork {
 public:
  NgramCounting(const CountingOptions& options, RunSet* runs, CountingState* state)
      : CountingWork(options, runs, state),
        splitter_(options.spec->isolate_digits),
        counters_(options.threads,
                  NgramCounter(options.spec->order,
                               static_cast<std::size_t>(options.budget.ngram_buffer_keys))) {}

  void Slice(int worker, std::string_view text, std::int64_t weight) override {
    AddBytes(worker, text, weight);
    counters_[worker].SetWeight(weight);
    while (!text.empty()) {
      const std::size_t length = splitter_.NextChunk(text);
      counters_[worker].Add(text.substr(0, length));
      text.remove_prefix(length);
    }
  }

  absl::Status Mark() override {
    TakeAll();
    return FoldRareNgrams(options_.spec->prune_while_counting * options_.unit, options_.threads,
                          runs_);
  }

 protected:
  std::int64_t MarkEvery() const override {
    return options_.spec->prune_while_counting > 0 ? options_.spec->prune_every : 0;
  }
  // Buffers are sorted all at once, before one is full and its thread sorts it while the
  // others, done with the batch, wait.
  void Collect() override {
    const auto batch = static_cast<std::size_t>(options_.budget.batch_bytes * 5 / 4);
    const auto buffer = static_cast<std::size_t>(options_.budget.ngram_buffer_keys);
    if (options_.threads > 1 && buffer >= 2 * batch &&
        std::any_of(counters_.begin(), counters_.end(),
                    [&](const NgramCounter& counter) { return counter.HasLessRoomThan(batch); })) {
      ForEachOnThreads(counters_.size(), options_.threads,
                       [this](std::size_t worker, int) { counters_[worker].Flush(); });
    }
    for (NgramCounter& counter : counters_) runs_->Add(counter.TakeFinishedRuns());
  }
  std::int64_t MostRunBytes() const override { return options_.budget.run_bytes; }
  std::vector<CountRun> Take(int worker) override { return counters_[worker].TakeRuns(); }

 private:
  TrainingSplitter splitter_;
  std::vector<NgramCounter> counters_;
};

class PieceCounting : public CountingWork {
 public:
  PieceCounting(const CountingOptions& options, const NgramModel& model, RunSet* runs,
                CountingState* state)
      : CountingWork(options, runs, state),
        splitter_(options.spec->isolate_digits),
        segmenters_(options.threads,
                    NgramSegmenter(&model, options.spec->ensure_unicode, options.spec->method)),
        counters_(options.threads),
        most_bytes_((options.budget.work_bytes - model.memory_bytes()) / 2) {}

  void Slice(int worker, std::string_view text, std::int64_t weight) override {
    AddBytes(worker, text, weight);
    PieceCounter& counter = counters_[worker];
    counter.SetWeight(weight);
    std::vector<std::size_t> chunk_ends;
    std::vector<std::size_t> piece_ends;
    while (!text.empty()) {
      chunk_ends.clear();
      std::size_t end = 0;
      while (end < text.size() && end < kSegmentedTogether) {
        end += splitter_.NextChunk(text.substr(end));
        chunk_ends.push_back(end);
      }
      segmenters_[worker].Segment(text.substr(0, end), chunk_ends, &piece_ends);
      std::size_t begin = 0;
      for (const std::size_t piece_end : piece_ends) {
        counter.Add(text.substr(begin, piece_end - begin));
        begin = piece_end;
      }
      text.remove_prefix(end);
    }
  }

 protected:
  // Half for the tables, half for the runs they become.
  void Collect() override {
    std::int64_t bytes = 0;
    for (const PieceCounter& counter : counters_) {
      bytes += static_cast<std::int64_t>(counter.memory_bytes());
    }
    if (bytes > most_bytes_) TakeAll();
  }
  std::int64_t MostRunBytes() const override { return most_bytes_ / 2; }
  std::vector<CountRun> Take(int worker) override {
    std::vector<CountRun> runs;
    runs.push_back(counters_[worker].TakeRun());
    return runs;
  }

 private:
  TrainingSplitter splitter_;
  std::vector<NgramSegmenter> segmenters_;
  std::vector<PieceCounter> counters_;
  std::int64_t most_bytes_;  // of tables
};

}  // namespace

absl::Status CountNgrams(DocumentSource* source, const CountingOptions& options, RunSet* runs,
                         CountingState* state) {
  NgramCounting work(options, runs, state);
  return work.Run(source, state->position);
}

absl::Status CountPieces(DocumentSource* source, const CountingOptions& options,
                         const NgramModel& model, RunSet* runs, CountingState* state) {
  PieceCounting work(options, model, runs, state);
  return work.Run(source, state->position);
}

absl::StatusOr<NgramModel> BuildNgramModel(const RunSet& runs, const CountingOptions& options) {
  const TrainerSpec& spec = *options.spec;
  const auto report = [&options, spilled = runs.spilled_bytes()](std::int64_t done,
                                                                 std::int64_t total) {
    Progress progress = options.progress;
    progress.done = done;
    progress.total = total;
    progress.memory = ResidentBytes();
    progress.spilled = spilled;
    if (options.sink != nullptr) options.sink->Update(progress);
  };
  return NgramModel::Build(runs.runs(),
                           {.order = spec.order,
                            .min_count = spec.min_count * options.unit,
                            .unit = options.unit,
                            .threads = options.threads,
                            .max_bytes = options.budget.work_bytes - runs.memory_bytes() -
                                         options.threads * kLeastForPieces,
                            .progress = report});
}

}  // namespace bytepiece
