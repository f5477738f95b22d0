// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/score_comparison.h"

#include <algorithm>
#include <cstddef>
#include <new>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/program/table.h"

namespace bytepiece {
namespace {

double Percent(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
}

std::string Amount(std::int64_t number, const char* one) {
  return absl::StrCat(GroupDigits(number), " ", one, number == 1 ? "" : "s");
}

}  // namespace

ScoreComparer::ScoreComparer(const Tokenizer& before, const Tokenizer& after,
                             absl::Span<const std::int16_t> whole_scores)
    : vocabulary_(before.vocabulary()),
      before_(before.NewWorker()),
      after_(after.NewWorker()),
      whole_scores_(whole_scores) {}

void ScoreComparer::Add(std::string_view document) {
  ids_before_.clear();
  ids_after_.clear();
  // Special tokens are plain text: all ids are pieces, and nothing fails but memory.
  absl::Status status = before_.Encode(document, {}, &ids_before_);
  status.Update(after_.Encode(document, {}, &ids_after_));
  if (!status.ok()) throw std::bad_alloc();
  ++result_.documents;
  result_.bytes += static_cast<std::int64_t>(document.size());
  result_.tokens_before += static_cast<std::int64_t>(ids_before_.size());
  result_.tokens_after += static_cast<std::int64_t>(ids_after_.size());

  const absl::Span<const TokenId> before = ids_before_;
  const absl::Span<const TokenId> after = ids_after_;
  std::size_t b = 0;
  std::size_t a = 0;
  while (b < before.size() && a < after.size()) {
    const std::size_t first_b = b;
    const std::size_t first_a = a;
    std::size_t end_b = vocabulary_.PieceBytes(before[b++]).size();
    std::size_t end_a = vocabulary_.PieceBytes(after[a++]).size();
    while (end_b != end_a) {  // the text's end at the latest is a position of both
      std::size_t* const behind = end_b < end_a ? &end_b : &end_a;
      const TokenId next = end_b < end_a ? before[b++] : after[a++];
      *behind += vocabulary_.PieceBytes(next).size();
    }
    const auto old_ids = before.subspan(first_b, b - first_b);
    const auto new_ids = after.subspan(first_a, a - first_a);
    if (old_ids == new_ids) continue;
    result_.changed += static_cast<std::int64_t>(old_ids.size());
    if (WholeScoreOf(old_ids) == WholeScoreOf(new_ids)) {
      result_.tied += static_cast<std::int64_t>(old_ids.size());
    }
  }
}

std::int64_t ScoreComparer::WholeScoreOf(absl::Span<const TokenId> ids) const {
  std::int64_t sum = 0;
  for (const TokenId id : ids) sum += whole_scores_[static_cast<std::size_t>(id - kFirstPieceId)];
  return sum;
}

std::string ComparisonText(const ScoreComparison& comparison) {
  const std::int64_t more = comparison.tokens_after - comparison.tokens_before;
  return absl::StrCat(
      "compared         ", Amount(comparison.documents, "document"), ", ",
      Amount(comparison.bytes, "byte"), "\n", "ids that change  ", GroupDigits(comparison.changed),
      " of ", GroupDigits(comparison.tokens_before), " (",
      absl::StrFormat("%.4f", Percent(comparison.changed, comparison.tokens_before)), " %), ",
      GroupDigits(comparison.tied), " of them by exact ties\n", "tokens           ",
      GroupDigits(comparison.tokens_before), ", then ", GroupDigits(comparison.tokens_after), " (",
      absl::StrFormat("%+.4f", Percent(more, comparison.tokens_before)), " %)\n");
}

}  // namespace bytepiece
