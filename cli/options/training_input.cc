// SPDX-License-Identifier: Apache-2.0
#include "cli/options/training_input.h"

#include "bytepiece/model/spec_fields.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

// Training needs no whole files, nor whole lines. No matter of memory alone: where
// --prune-while-counting prunes is counted in parts.
constexpr std::size_t kTrainingPartBytes = std::size_t{1} << 20;
constexpr std::size_t kTrainingLineBytes = kTrainingPartBytes * 5 / 4;
// How often what must be held whole is held: as it was read, which may have been moved to make
// room, as the text in it, as the one before it in work, and that normalised.
constexpr std::int64_t kCopiesHeld = 5;

}  // namespace

absl::Status PrepareTrainingInput(const TrainerSpec& spec, const TrainerOptions& trainer,
                                  InputOptions* input) {
  CorpusOptions* corpus = &input->corpus;
  corpus->temp_dir = trainer.temp_dir;
  corpus->keep_byte_order_mark = spec.normalization == Normalization::kNone;
  corpus->parts.part_bytes = kTrainingPartBytes;
  corpus->parts.long_line_bytes = kTrainingLineBytes;
  // A special token that is a boundary may stand across any place of a line.
  const bool has_boundaries =
      HasSpecialTokens(spec) && spec.special_token_text == SpecialTokenText::kBoundary;
  corpus->parts.long_lines = has_boundaries ? LongLines::kWhole : LongLines::kTrainingChunks;
  corpus->parts.line_cut = {spec.normalization, spec.isolate_digits};
  if (trainer.memory_limit <= 0) return absl::OkStatus();
  const absl::StatusOr<MemoryBudget> budget = PrepareMemory(trainer.memory_limit, trainer.threads);
  if (!budget.ok()) return budget.status();
  corpus->max_unpacking_bytes = budget->reading_bytes;
  corpus->parts.most_held_bytes = static_cast<std::size_t>(budget->reading_bytes / kCopiesHeld);
  corpus->parts.memory_limit = trainer.memory_limit;
  corpus->parts.memory_per_byte = kReadingShare * kCopiesHeld;
  return absl::OkStatus();
}

}  // namespace bytepiece
