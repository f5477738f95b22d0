// SPDX-License-Identifier: Apache-2.0
#include "trainer/training_run.h"

#include <string>
#include <utility>
#include <vector>

#include "bytepiece/io/scratch_file.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece {

absl::StatusOr<std::unique_ptr<TrainingRun>> TrainingRun::Create(const TrainerOptions& options,
                                                                 std::int64_t unit,
                                                                 ProgressSink* sink) {
  if (absl::Status status = ValidateCountingSpec(options.spec); !status.ok()) return status;
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  const absl::StatusOr<MemoryBudget> budget = PrepareMemory(options.memory_limit, options.threads);
  if (!budget.ok()) return budget.status();
  const std::string folder = options.temp_dir.empty() ? DefaultTempDir() : options.temp_dir;
  std::unique_ptr<TrainingRun> run(new TrainingRun{
      options.spec, options.hard_vocab_size, ScoresOf(options), TemporaryRuns(folder), {}, {}});
  if (absl::Status status = run->SetBoundaries(); !status.ok()) return status;
  run->counting.spec = &run->spec;
  run->counting.unit = unit;
  run->counting.threads = budget->threads;
  run->counting.budget = *budget;
  run->counting.sink = sink;
  return run;
}

absl::Status TrainingRun::SetBoundaries() {
  if (spec.special_tokens.empty() || spec.special_token_text == SpecialTokenText::kPlain) {
    return absl::OkStatus();
  }
  std::vector<SpecialToken> tokens;
  for (const std::string& text : spec.special_tokens) tokens.push_back({text});
  absl::StatusOr<SpecialTokens> found = SpecialTokens::Create(tokens, kFirstPieceId);
  if (!found.ok()) return found.status();
  boundaries = *std::move(found);
  counting.boundaries = &*boundaries;
  return absl::OkStatus();
}

}  // namespace bytepiece
