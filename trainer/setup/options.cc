// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/options.h"

#include <omp.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/model/spec_fields.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece::inline v0 {
namespace {

absl::Status CheckSpecialTokens(const TrainerSpec& spec) {
  std::set<std::string> seen;
  for (TokenId id = 0; id < kNumControlTokens; ++id) seen.insert(ControlTokenText(id));
  for (const std::string& token : spec.special_tokens) {
    if (token.empty()) return absl::InvalidArgumentError("a special token must not be empty");
    if (!IsValidUtf8(token)) {
      return absl::InvalidArgumentError("a special token must be valid UTF-8");
    }
    if (!seen.insert(token).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("special token \"", token, "\" is given twice or built in"));
    }
    // Long documents are cut where lines end, so such a token might not be found.
    if (spec.special_token_text == SpecialTokenText::kBoundary &&
        NextSafeCut(token, 0) < token.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("special token \"", absl::CEscape(token),
                       "\" goes on after the end of a line and cannot be a boundary in training "
                       "text; give --special-token-text plain"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckVocabSizes(const TrainerSpec& spec) {
  if (spec.vocab_sizes.empty()) {
    return absl::InvalidArgumentError("no vocabulary size is given; name at least one");
  }
  const auto special = static_cast<std::int64_t>(spec.special_tokens.size());
  for (const std::int64_t size : spec.vocab_sizes) {
    if (size < kMinVocabSize + special) {
      return absl::InvalidArgumentError(absl::StrCat(
          "vocabulary size ", size, " is below ", kMinVocabSize + special, " (256 bytes + ",
          kNumControlTokens + special, " control and special tokens); raise --vocab-size"));
    }
    if (size > std::int64_t{1} << 30) {
      return absl::InvalidArgumentError(
          absl::StrCat("vocabulary size ", size, " is above 2^30; lower --vocab-size"));
    }
  }
  return absl::OkStatus();
}

// What a smaller sample loses is more than its time is worth: docs/compression.md.
constexpr std::int64_t kLeastSample = std::int64_t{16} << 20;
constexpr std::int64_t kLeastSamplePerToken = 1 << 10;

absl::Status CheckSample(const TrainerSpec& spec) {
  const std::int64_t size = *std::max_element(spec.vocab_sizes.begin(), spec.vocab_sizes.end());
  const std::int64_t least = std::max(kLeastSample, kLeastSamplePerToken * size);
  if (!DoesSample(spec) || spec.grow_sample >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a sample of ", spec.grow_sample, " bytes is too small to choose ", size,
                   " tokens by; raise --grow-sample to ", (least + (1 << 20) - 1) >> 20,
                   "M (1 kB a token, at least 16M), or leave it out"));
}

}  // namespace

ScoreKind ScoresOf(const TrainerOptions& options) {
  return options.scores.value_or(options.spec.method == TrainingMethod::kGrow ? ScoreKind::kWhole
                                                                              : ScoreKind::kLog);
}

absl::Status ValidateCountingSpec(const TrainerSpec& spec) {
  absl::Status status = CheckSpecRanges(spec, SpecStep::kPieces);
  return status.ok() ? CheckSpecialTokens(spec) : status;
}

absl::Status ValidateTrainerSpec(const TrainerSpec& spec) {
  absl::Status status = CheckSpecRanges(spec, SpecStep::kVocabulary);
  if (!status.ok()) return status;
  if (spec.method == TrainingMethod::kGrow && spec.soft_counts &&
      spec.max_piece_length > static_cast<int>(PieceScanner::kMaxLength)) {
    return absl::InvalidArgumentError(
        absl::StrCat("soft counts need pieces of at most ", PieceScanner::kMaxLength,
                     " bytes; lower --max-piece-length, or leave out --soft-counts"));
  }
  status = CheckSpecialTokens(spec);
  if (status.ok()) status = CheckVocabSizes(spec);
  return status.ok() ? CheckSample(spec) : status;
}

static_assert(kMaxCountThreshold <= std::numeric_limits<std::int64_t>::max() / kMaxWeightUnit);

absl::Status ValidateWeights(const DocumentSource& source) {
  if (source.unit() >= 1 && source.unit() <= kMaxWeightUnit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the unit 1/", source.unit(),
                                                 " of the weights is outside 1..1/", kMaxWeightUnit,
                                                 "; use rounder weights"));
}

int EffectiveThreads(int threads) { return threads > 0 ? threads : omp_get_num_procs(); }

}  // namespace bytepiece::inline v0
