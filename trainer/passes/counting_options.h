// SPDX-License-Identifier: Apache-2.0
// Options of every stage that counts over the corpus, and how far it has come.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/status/status.h"
#include "bytepiece/base/progress.h"
#include "bytepiece/model/model.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/corpus_pass.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {

// How far a counting stage has come: all up to `position` is in the runs.
struct CountingState {
  CorpusPosition position;
  std::map<std::int64_t, std::int64_t> bytes_by_weight = {};  // as CorpusSize has them

  CorpusSize corpus() const { return {position.documents, bytes_by_weight}; }
};

struct CountingOptions {
  const TrainerSpec* spec = nullptr;
  const SpecialTokens* boundaries = nullptr;  // CorpusPassOptions::boundaries
  std::int64_t unit = 1;                      // of weights, and so of spec->min_count's
  int threads = 1;
  MemoryBudget budget;
  ProgressSink* sink = nullptr;
  Progress progress;         // stage and name
  InputDigests inputs = {};  // as CorpusPassOptions
  std::int64_t one_in = 1;   // as CorpusPassOptions
  // Asked between batches whether to write everything down; then told that all
  // of the runs are in files. Both or neither.
  std::function<bool()> checkpoint_due = {};
  std::function<absl::Status(const CountingState& state, const RunSet& runs)> checkpoint = {};
};

}  // namespace bytepiece
