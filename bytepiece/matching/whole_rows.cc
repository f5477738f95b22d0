// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/whole_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bytepiece {
namespace {

bool IsWhole(double score) {
  const double whole = score / WholeRows::kUnit;
  return whole == std::floor(whole) && whole <= 0 && whole >= WholeRows::kLeastScore;
}

}  // namespace

WholeRows::WholeRows(const PieceScanner& scanner, absl::Span<const double> scores) {
  if (scanner.empty() || !std::all_of(scores.begin(), scores.end(), IsWhole)) return;
  const absl::Span<const std::int32_t> set_values = scanner.values();
  LargeVector<Entry> entries_at(set_values.size());  // by where a set begins
  LargeVector<std::int16_t> rows;
  LargeVector<std::int32_t> values;
  LargeVector<LongPiece> long_pieces;
  // Sets are as many as pieces, or nearly, and one in four has a far row.
  rows.reserve(scores.size() * kRow * 3 / 2);
  values.reserve(scores.size() * kRow * 3 / 2);
  for (std::size_t at = 0; at < set_values.size();) {
    const MatchSet set = scanner.SetAt(static_cast<std::uint32_t>(at));
    const std::size_t begin = rows.size();
    const std::size_t longest = set.longest();
    const std::size_t num_rows = longest > kFar ? 3 : longest > kRow ? 2 : 1;
    rows.resize(begin + num_rows * kRow, kNoPiece);
    values.resize(begin + num_rows * kRow, -1);
    const std::size_t first_long = long_pieces.size();
    set.ForEach([&](int length, double, std::int32_t value) {
      const auto score = static_cast<std::int16_t>(scores[value] / kUnit);
      const auto place = static_cast<std::size_t>(length) - 1;
      if (place < kFar) {
        rows[begin + place] = score;
        values[begin + place] = value;
      } else {
        long_pieces.push_back({value, score, static_cast<std::uint16_t>(length)});
      }
    });
    if (longest > kFar) {
      values[begin + kFar] = static_cast<std::int32_t>(first_long);
      values[begin + kFar + 1] = static_cast<std::int32_t>(long_pieces.size() - first_long);
    }
    const auto stride = static_cast<Entry>(set.stride() <= kStride ? set.stride() : 1);
    entries_at[at] = static_cast<Entry>(begin * sizeof(std::int16_t)) |
                     (longest > kFar ? kHasLong : 0) | (longest > kRow ? kHasFar : 0) | stride;
    at += 1 + static_cast<std::size_t>(set.num_short() + 2 * set.num_long());
  }
  if (rows.size() * sizeof(std::int16_t) >= kArrives) return;
  LargeVector<Entry> entries(scanner.num_states());
  for (std::size_t state = 0; state < entries.size(); ++state) {
    entries[state] = entries_at[scanner.set_offsets()[state]];
  }
  entries_ = FrozenArray(std::move(entries));
  scores_ = FrozenArray(std::move(rows));
  values_ = FrozenArray(std::move(values));
  long_pieces_ = FrozenArray(std::move(long_pieces));
}

std::int32_t WholeRows::ValueOf(Entry entry, std::size_t length) const {
  if (length <= kFar) return values_[FirstOf(entry) + length - 1];
  const absl::Span<const LongPiece> pieces = LongPiecesOf(entry);
  return std::find_if(pieces.begin(), pieces.end(),
                      [length](const LongPiece& piece) { return piece.length == length; })
      ->value;
}

std::size_t WholeRows::LongestOf(Entry entry) const {
  if ((entry & kHasLong) != 0) return LongPiecesOf(entry).back().length;
  std::size_t length = (entry & kHasFar) != 0 ? kFar : kRow;
  const std::int16_t* const row = scores() + FirstOf(entry);
  while (length > 0 && row[length - 1] == kNoPiece) --length;
  return length;
}

bool WholeRows::TablesFit(std::size_t num_states, std::size_t num_values,
                          std::size_t max_length) const {
  if (empty()) return scores_.empty() && values_.empty() && long_pieces_.empty();
  if (entries_.size() != num_states || scores_.size() != values_.size()) return false;
  bool fit = true;
  for (const LongPiece& piece : long_pieces_.span()) {
    fit &= static_cast<std::uint32_t>(piece.value) < num_values && piece.length > kFar &&
           piece.length <= max_length && piece.score <= 0 && piece.score >= kLeastScore;
  }
  for (std::size_t i = 0; i < scores_.size(); ++i) {
    fit &= scores_[i] == kNoPiece || (scores_[i] <= 0 && scores_[i] >= kLeastScore);
  }
  for (const Entry entry : entries_.span()) {
    if (!fit || !RowFits(entry, num_values, max_length)) return false;
  }
  return fit;
}

bool WholeRows::RowFits(Entry entry, std::size_t num_values, std::size_t max_length) const {
  const std::size_t rows = (entry & kHasLong) != 0 ? 3 : (entry & kHasFar) != 0 ? 2 : 1;
  const std::size_t first = FirstOf(entry);
  if ((entry & (kArrives | kStride)) != (entry & kStride) || (entry & kStride) == 0 ||
      ((entry & kHasLong) != 0 && (entry & kHasFar) == 0) || scores_.size() < rows * kRow ||
      first > scores_.size() - rows * kRow) {
    return false;
  }
  const std::size_t most = std::min(rows * kRow, kFar);
  for (std::size_t i = first; i < first + most; ++i) {
    if (scores_[i] == kNoPiece) continue;
    if (static_cast<std::uint32_t>(values_[i]) >= num_values || i - first >= max_length) {
      return false;
    }
  }
  if ((entry & kHasLong) == 0) return true;
  const auto begin = static_cast<std::uint32_t>(values_[first + kFar]);
  const auto size = static_cast<std::uint32_t>(values_[first + kFar + 1]);
  return size > 0 && size <= long_pieces_.size() && begin <= long_pieces_.size() - size;
}

}  // namespace bytepiece
