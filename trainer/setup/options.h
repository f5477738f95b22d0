// SPDX-License-Identifier: Apache-2.0
// Options of a training run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "bytepiece/base/export.h"
#include "bytepiece/model/model.h"
#include "corpus/document_source.h"

namespace bytepiece::inline v0 {

// 256 bytes + the control tokens.
inline constexpr std::int64_t kMinVocabSize = 256 + kNumControlTokens;

struct TrainerOptions {
  TrainerSpec spec;
  // The result depends on none of what follows, except `scores`.
  int threads = 0;                // <= 0: as many as there are cores
  std::int64_t memory_limit = 0;  // resident bytes; <= 0: DefaultMemoryLimit()
  std::string temp_dir = {};      // for what memory has no room for; empty: DefaultTempDir()
  // Not empty: a folder, created if absent, that holds what a killed run has
  // done, so that the same run started again goes on there.
  std::string work_dir = {};
  // At least so often, between two documents, a run with a work_dir writes down
  // what it has.
  double checkpoint_seconds = 300;
  // A vocabulary smaller than asked for is an error, not a note (ProgressSink).
  bool hard_vocab_size = false;
  // How the models score, the one thing here that shows in them; SetScores changes it later.
  // Absent: whole for kGrow, log for the others, as the reference.
  std::optional<ScoreKind> scores = {};
};

// options.scores, or what its absence means.
BYTEPIECE_EXPORT ScoreKind ScoresOf(const TrainerOptions& options);

// OK if every option is within its range; else one sentence that names the
// option, its value, the limit and the remedy.
BYTEPIECE_EXPORT absl::Status ValidateTrainerSpec(const TrainerSpec& spec);
// The same for the options that decide counts; those of the vocabulary are not looked at.
BYTEPIECE_EXPORT absl::Status ValidateCountingSpec(const TrainerSpec& spec);

// The same for what is read: OK if the unit of its weights is within its range.
BYTEPIECE_EXPORT absl::Status ValidateWeights(const DocumentSource& source);

// `threads`, or the number of cores if it is not positive.
BYTEPIECE_EXPORT int EffectiveThreads(int threads);

}  // namespace bytepiece::inline v0
