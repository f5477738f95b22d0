// SPDX-License-Identifier: Apache-2.0
// The set-up that Train, its shards and their merging work with, made the same way for all.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "bytepiece/base/progress.h"
#include "bytepiece/model/special_tokens.h"
#include "trainer/counts/run_store.h"
#include "trainer/passes/counting_options.h"
#include "trainer/setup/options.h"

namespace bytepiece {

struct TrainingRun {
  // `unit`: of weights (corpus/document_source.h). Errors: an option that
  // decides counts out of its range, too little memory, a normaliser that cannot be used.
  static absl::StatusOr<std::unique_ptr<TrainingRun>> Create(const TrainerOptions& options,
                                                             std::int64_t unit, ProgressSink* sink);

  const TrainerSpec spec;                   // counting.spec points here
  bool hard_vocab_size;                     // as the options'
  ScoreKind scores;                         // of the models
  TemporaryRuns temporary;                  // for what memory has no room for
  std::optional<SpecialTokens> boundaries;  // and, if there are any, counting.boundaries
  CountingOptions counting;

 private:
  absl::Status SetBoundaries();
};

}  // namespace bytepiece
