// SPDX-License-Identifier: Apache-2.0
// The two stages that read the corpus: it becomes runs of n-gram counts, and,
// given a model of these, runs of piece counts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/status/status.h"
#include "bytepiece/model.h"
#include "trainer/corpus_pass.h"
#include "trainer/document_source.h"
#include "trainer/memory_budget.h"
#include "trainer/ngram_model.h"
#include "trainer/run_set.h"

namespace bytepiece {

// How far a counting stage has come: all up to `position` is in the runs.
struct CountingState {
  CorpusPosition position;
  std::map<std::int64_t, std::int64_t> bytes_by_weight = {};  // as CorpusSize has them

  CorpusSize corpus() const { return {position.documents, bytes_by_weight}; }
};

struct CountingOptions {
  const TrainerSpec* spec = nullptr;
  std::int64_t unit = 1;  // of weights, and so of spec->min_count's
  int threads = 1;
  MemoryBudget budget;
  ProgressSink* sink = nullptr;
  Progress progress;  // stage and name
  // Asked between batches whether to write everything down; then told that all
  // of the runs are in files. Both or neither.
  std::function<bool()> checkpoint_due = {};
  std::function<absl::Status(const CountingState& state, const RunSet& runs)> checkpoint = {};
};

// Goes on from *state, whose counts are in *runs, to the end of the corpus.
absl::Status CountNgrams(DocumentSource* source, const CountingOptions& options, RunSet* runs,
                         CountingState* state);
absl::Status CountPieces(DocumentSource* source, const CountingOptions& options,
                         const NgramModel& model, RunSet* runs, CountingState* state);

// The model of counted n-grams, in what the budget leaves beside them and the
// counting of pieces.
absl::StatusOr<NgramModel> BuildNgramModel(const RunSet& runs, const CountingOptions& options);

}  // namespace bytepiece
