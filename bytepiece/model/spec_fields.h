// SPDX-License-Identifier: Apache-2.0
// The training options, each named once. Model files, count headers, work folders, the check of
// ranges, `inspect` and the command line's checks visit this list; so may a binding.
//
//   VisitSpecFields([&](const SpecField& field, auto member) {
//     std::cout << field.name << " " << SpecText(spec.*member) << "\n";
//   });
//
// A new option is a member of TrainerSpec, with its default; its field below; and its number in
// proto/bytepiece_model.proto. Nothing else has to know it but what puts it to use.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/trainer_spec.h"

namespace bytepiece {

// The first thing in a training run that an option decides.
enum class SpecStep {
  kNgrams,      // n-gram counts
  kPieces,      // how text is segmented with these, and so the counts of pieces
  kVocabulary,  // what is made of counted pieces
};

struct SpecField {
  const char* name;    // in JSON, count headers and model files: of letters and '_'
  const char* option;  // on the command line
  SpecStep step;
  // Numbers and choices: what messages call them.
  const char* words = "";
  // The range of numbers, inclusive.
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  // Not in files of the first version. Where it has its default it is left out, so that files
  // made without it are as they were before there was such an option; unless `matters`.
  bool later = false;
  // Whether the option decides anything beside the others; null: it always does.
  bool (*matters)(const TrainerSpec& spec) = nullptr;
  // The name by which `option` switches a flag off in a list.
  const char* off_name = nullptr;

  bool Matters(const TrainerSpec& spec) const { return matters == nullptr || matters(spec); }
};

// Of thresholds of counts. In units of any weights it still fits 63 bits (kMaxWeightUnit).
inline constexpr std::int64_t kMaxCountThreshold = 1'000'000'000'000;

inline bool DoesPrune(const TrainerSpec& spec) { return spec.prune_while_counting != 0; }
inline bool HasSpecialTokens(const TrainerSpec& spec) { return !spec.special_tokens.empty(); }
inline bool DoesSample(const TrainerSpec& spec) {
  return spec.method == TrainingMethod::kGrow && spec.grow_sample != 0;
}
inline bool DoesGrow(const TrainerSpec& spec) { return spec.method == TrainingMethod::kGrow; }

// Calls visit(field, pointer to the member) for every option, grouped by step; what `matters`
// looks at comes first.
template <typename Visit>
void VisitSpecFields(Visit&& visit) {
  using Spec = TrainerSpec;
  // A key of 64 bits holds 7 bytes and their number.
  visit(SpecField{.name = "order",
                  .option = "--order",
                  .step = SpecStep::kNgrams,
                  .words = "order",
                  .least = 2,
                  .most = 7},
        &Spec::order);
  visit(SpecField{.name = "normalization",
                  .option = "--normalization",
                  .step = SpecStep::kNgrams,
                  .words = "normalisation"},
        &Spec::normalization);
  visit(
      SpecField{.name = "isolate_digits", .option = "--isolate-digits", .step = SpecStep::kNgrams},
      &Spec::isolate_digits);
  visit(SpecField{.name = "special_tokens",
                  .option = "--special-token",
                  .step = SpecStep::kNgrams,
                  .later = true},
        &Spec::special_tokens);
  visit(SpecField{.name = "special_token_text",
                  .option = "--special-token-text",
                  .step = SpecStep::kNgrams,
                  .words = "treatment of special tokens",
                  .later = true,
                  .matters = HasSpecialTokens},
        &Spec::special_token_text);
  visit(SpecField{.name = "prune_while_counting",
                  .option = "--prune-while-counting",
                  .step = SpecStep::kNgrams,
                  .words = "pruning threshold",
                  .least = 0,
                  .most = kMaxCountThreshold,
                  .later = true},
        &Spec::prune_while_counting);
  visit(SpecField{.name = "prune_every",
                  .option = "--prune-every",
                  .step = SpecStep::kNgrams,
                  .words = "distance between prunings",
                  .least = 1,
                  .later = true,
                  .matters = DoesPrune},
        &Spec::prune_every);

  visit(SpecField{.name = "min_count",
                  .option = "--min-count",
                  .step = SpecStep::kPieces,
                  .words = "minimal count",
                  .least = 1,
                  .most = kMaxCountThreshold},
        &Spec::min_count);
  visit(
      SpecField{.name = "ensure_unicode", .option = "--ensure-unicode", .step = SpecStep::kPieces},
      &Spec::ensure_unicode);
  visit(SpecField{.name = "method",
                  .option = "--method",
                  .step = SpecStep::kPieces,
                  .words = "training method"},
        &Spec::method);

  visit(SpecField{.name = "vocab_sizes", .option = "--vocab-size", .step = SpecStep::kVocabulary},
        &Spec::vocab_sizes);
  visit(SpecField{.name = "max_piece_length",
                  .option = "--max-piece-length",
                  .step = SpecStep::kVocabulary,
                  .words = "maximal piece length",
                  .least = 1,
                  .most = static_cast<std::int64_t>(kMaxPieceLength)},
        &Spec::max_piece_length);
  visit(SpecField{.name = "character_coverage",
                  .option = "--character-coverage",
                  .step = SpecStep::kVocabulary,
                  .words = "character coverage",
                  .least = 0,
                  .most = 1,
                  .later = true,
                  .matters = DoesGrow},
        &Spec::character_coverage);
  const auto border = [](const char* name, const char* off_name) {
    return SpecField{.name = name,
                     .option = "--no-cross",
                     .step = SpecStep::kVocabulary,
                     .later = true,
                     .matters = DoesGrow,
                     .off_name = off_name};
  };
  visit(border("cross_spaces", "spaces"), &Spec::cross_spaces);
  visit(border("cross_punctuation", "punctuation"), &Spec::cross_punctuation);
  visit(border("cross_newlines", "newlines"), &Spec::cross_newlines);
  visit(SpecField{.name = "soft_counts",
                  .option = "--soft-counts",
                  .step = SpecStep::kVocabulary,
                  .later = true,
                  .matters = DoesGrow},
        &Spec::soft_counts);
  visit(SpecField{.name = "grow_sample",
                  .option = "--grow-sample",
                  .step = SpecStep::kVocabulary,
                  .words = "sample to grow by",
                  .least = 0,
                  .later = true,
                  .matters = DoesSample},
        &Spec::grow_sample);
  visit(SpecField{.name = "pad_vocab_to",
                  .option = "--pad-vocab-to",
                  .step = SpecStep::kVocabulary,
                  .words = "vocabulary padding",
                  .least = 1,
                  .most = 1 << 20},
        &Spec::pad_vocab_to);
}

// OK if the options up to `last` are in their ranges; else an error that names the first which
// is not, its value, the limit and the remedy.
absl::Status CheckSpecRanges(const TrainerSpec& spec, SpecStep last);

// A value as a line of text: "6", "true", "0.9995", "grow", "8000,32000", a JSON array of strings.
std::string SpecText(bool value);
std::string SpecText(int value);
std::string SpecText(std::int64_t value);
std::string SpecText(double value);
std::string SpecText(TrainingMethod value);
std::string SpecText(Normalization value);
std::string SpecText(SpecialTokenText value);
std::string SpecText(const std::vector<std::int64_t>& values);
std::string SpecText(const std::vector<std::string>& values);

// The value that SpecText writes so. False if there is none; then *value is of no use.
bool ParseSpecText(std::string_view text, bool* value);
bool ParseSpecText(std::string_view text, int* value);
bool ParseSpecText(std::string_view text, std::int64_t* value);
bool ParseSpecText(std::string_view text, double* value);
bool ParseSpecText(std::string_view text, TrainingMethod* value);
bool ParseSpecText(std::string_view text, Normalization* value);
bool ParseSpecText(std::string_view text, SpecialTokenText* value);
bool ParseSpecText(std::string_view text, std::vector<std::int64_t>* values);
bool ParseSpecText(std::string_view text, std::vector<std::string>* values);

}  // namespace bytepiece
