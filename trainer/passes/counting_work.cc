// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/counting_work.h"

#include <utility>

#include "bytepiece/base/for_each_on_threads.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {

CountingWork::CountingWork(const CountingOptions& options, RunSet* runs, CountingState* state)
    : options_(options), runs_(runs), state_(state), bytes_by_weight_(options.threads) {}

absl::Status CountingWork::Run(DocumentSource* source, CorpusPosition position) {
  const CorpusPassOptions pass = {.normalization = options_.spec->normalization,
                                  .threads = options_.threads,
                                  .progress = options_.progress,
                                  .batch_bytes = options_.budget.batch_bytes,
                                  .mark_every = MarkEvery(),
                                  .inputs = options_.inputs,
                                  .boundaries = options_.boundaries,
                                  .one_in = options_.one_in};
  absl::Status status = RunCorpusPass(source, pass, options_.sink, this, &position);
  return status.ok() ? Finish(position) : status;
}

absl::Status CountingWork::Pause(const CorpusPosition& position, Progress* progress) {
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

// Runs stay in memory if the next stage can do beside them.
absl::Status CountingWork::Finish(const CorpusPosition& position) {
  TakeAll();
  ReturnFreedMemory();
  if (options_.checkpoint || runs_->memory_bytes() > options_.budget.work_bytes / 4) {
    if (absl::Status status = runs_->Spill(options_.threads); !status.ok()) return status;
    ReturnFreedMemory();
  }
  AddUp(position);
  return absl::OkStatus();
}

void CountingWork::TakeAll() {
  ForEachOnThreads(options_.threads, options_.threads,
                   [this](std::size_t worker, int) { runs_->Add(Take(static_cast<int>(worker))); });
}

void CountingWork::AddUp(const CorpusPosition& position) {
  state_->position = position;
  for (auto& worker : bytes_by_weight_) {
    for (const auto& [weight, bytes] : std::exchange(worker, {})) {
      state_->bytes_by_weight[weight] += bytes;
    }
  }
}

absl::Status CountingWork::Save(const CorpusPosition& position) {
  if (!options_.checkpoint) return absl::OkStatus();
  AddUp(position);
  return options_.checkpoint(*state_, *runs_);
}

}  // namespace bytepiece
