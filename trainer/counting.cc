// SPDX-License-Identifier: Apache-2.0
#include "trainer/counting.h"

#include <utility>
#include <vector>

#include "bytepiece/splitter.h"
#include "trainer/ngram_counter.h"
#include "trainer/piece_counter.h"
#include "trainer/segmenter.h"

namespace bytepiece {
namespace {

// Chunks are segmented together until they hold this many bytes: enough for the
// look-ups of short lines to overlap, little enough for the cache.
constexpr std::size_t kSegmentedTogether = 4096;

// The least that the counting of pieces can do with, per thread.
constexpr std::int64_t kLeastForPieces = std::int64_t{6} << 20;

// What the two stages share: runs, spilled when there are too many, and
// checkpoints.
class Counting : public CorpusWork {
 public:
  Counting(const CountingOptions& options, RunSet* runs, CountingState* state)
      : options_(options), runs_(runs), state_(state), bytes_(options.threads, 0) {}

  absl::Status Pause(const CorpusPosition& position, Progress* progress) override {
    Collect();
    const bool full = runs_->memory_bytes() > MostRunBytes();
    if (full || (options_.checkpoint && options_.checkpoint_due())) {
      // A checkpoint needs all of the counts on disk.
      if (options_.checkpoint) TakeAll();
      if (absl::Status status = runs_->Spill(options_.threads); !status.ok()) return status;
      if (absl::Status status = Save(position); !status.ok()) return status;
    }
    progress->memory = ResidentBytes();
    progress->spilled = runs_->spilled_bytes();
    return absl::OkStatus();
  }

  // After the pass. Runs stay in memory if the next stage can do beside them.
  absl::Status Finish(const CorpusPosition& position) {
    TakeAll();
    ReturnFreedMemory();
    if (options_.checkpoint || runs_->memory_bytes() > options_.budget.work_bytes / 4) {
      if (absl::Status status = runs_->Spill(options_.threads); !status.ok()) return status;
      ReturnFreedMemory();
    }
    AddUp(position);
    return absl::OkStatus();
  }

 protected:
  // Moves what is finished, or must be, into the runs.
  virtual void Collect() = 0;
  virtual std::int64_t MostRunBytes() const = 0;
  // All that `worker` has counted, as runs.
  virtual std::vector<CountRun> Take(int worker) = 0;

  void TakeAll() {
#pragma omp parallel for schedule(static, 1) num_threads(options_.threads)
    for (int worker = 0; worker < options_.threads; ++worker) runs_->Add(Take(worker));
  }

  void AddBytes(int worker, std::string_view text) {
    bytes_[worker] += static_cast<std::int64_t>(text.size());
  }

  const CountingOptions& options_;
  RunSet* runs_;

 private:
  void AddUp(const CorpusPosition& position) {
    state_->position = position;
    for (std::int64_t& bytes : bytes_) state_->bytes += std::exchange(bytes, 0);
  }

  absl::Status Save(const CorpusPosition& position) {
    if (!options_.checkpoint) return absl::OkStatus();
    AddUp(position);
    return options_.checkpoint(*state_, *runs_);
  }

  CountingState* state_;
  std::vector<std::int64_t> bytes_;  // by worker, since state_ was brought up to date
};

class NgramCounting : public Counting {
 public:
  NgramCounting(const CountingOptions& options, RunSet* runs, CountingState* state)
      : Counting(options, runs, state),
        splitter_(options.spec->isolate_digits),
        counters_(options.threads,
                  NgramCounter(options.spec->order,
                               static_cast<std::size_t>(options.budget.ngram_buffer_keys))) {}

  void Slice(int worker, std::string_view text, std::int64_t weight) override {
    AddBytes(worker, text);
    counters_[worker].SetWeight(weight);
    while (!text.empty()) {
      const std::size_t length = splitter_.NextChunk(text);
      counters_[worker].Add(text.substr(0, length));
      text.remove_prefix(length);
    }
  }

 protected:
  void Collect() override {
    for (NgramCounter& counter : counters_) runs_->Add(counter.TakeFinishedRuns());
  }
  std::int64_t MostRunBytes() const override { return options_.budget.run_bytes; }
  std::vector<CountRun> Take(int worker) override { return counters_[worker].TakeRuns(); }

 private:
  TrainingSplitter splitter_;
  std::vector<NgramCounter> counters_;
};

class PieceCounting : public Counting {
 public:
  PieceCounting(const CountingOptions& options, const NgramModel& model, RunSet* runs,
                CountingState* state)
      : Counting(options, runs, state),
        splitter_(options.spec->isolate_digits),
        segmenters_(options.threads,
                    Segmenter(&model, options.spec->ensure_unicode, options.spec->method)),
        counters_(options.threads),
        most_bytes_((options.budget.work_bytes - model.memory_bytes()) / 2) {}

  void Slice(int worker, std::string_view text, std::int64_t weight) override {
    AddBytes(worker, text);
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
  std::vector<Segmenter> segmenters_;
  std::vector<PieceCounter> counters_;
  std::int64_t most_bytes_;  // of tables
};

absl::Status Count(DocumentSource* source, const CountingOptions& options, CorpusPosition position,
                   Counting* work) {
  const CorpusPassOptions pass = {options.spec->normalization, options.threads, options.progress,
                                  options.budget.batch_bytes};
  absl::Status status = RunCorpusPass(source, pass, options.sink, work, &position);
  return status.ok() ? work->Finish(position) : status;
}

}  // namespace

absl::Status CountNgrams(DocumentSource* source, const CountingOptions& options, RunSet* runs,
                         CountingState* state) {
  NgramCounting work(options, runs, state);
  return Count(source, options, state->position, &work);
}

absl::Status CountPieces(DocumentSource* source, const CountingOptions& options,
                         const NgramModel& model, RunSet* runs, CountingState* state) {
  PieceCounting work(options, model, runs, state);
  return Count(source, options, state->position, &work);
}

absl::StatusOr<NgramModel> BuildNgramModel(const RunSet& runs, const CountingOptions& options) {
  const TrainerSpec& spec = *options.spec;
  return NgramModel::Build(runs.runs(),
                           {.order = spec.order,
                            .min_count = spec.min_count * options.unit,
                            .unit = options.unit,
                            .threads = options.threads,
                            .max_bytes = options.budget.work_bytes - runs.memory_bytes() -
                                         options.threads * kLeastForPieces});
}

}  // namespace bytepiece
