// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/whole_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace bytepiece {
namespace {

bool IsWhole(double score) {
  const double whole = score / WholeRows::kUnit;
  return whole == std::floor(whole) && whole <= 0 && whole >= WholeRows::kLeastScore;
}

// The least value of the scanner's pieces of each length that rows hold; 0 if there are none.
LargeVector<std::int32_t> FirstValues(const PieceScanner& scanner) {
  constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();
  LargeVector<std::int32_t> firsts(WholeRows::kFar + 1, kNone);
  scanner.ForEachSet([&firsts](std::size_t, const MatchSet& set) {
    set.ForEach([&firsts](int length, double, std::int32_t value) {
      if (length > static_cast<int>(WholeRows::kFar)) return;
      std::int32_t& first = firsts[static_cast<std::size_t>(length)];
      first = std::min(first, value);
    });
  });
  std::replace(firsts.begin(), firsts.end(), kNone, 0);
  return firsts;
}

}  // namespace

WholeRows::WholeRows(const PieceScanner& scanner, absl::Span<const double> scores) {
  if (scanner.empty() || !std::all_of(scores.begin(), scores.end(), IsWhole)) return;
  LargeVector<std::int32_t> first_values = FirstValues(scanner);
  LargeVector<Entry> entries_at(scanner.values().size());  // by where a set begins
  LargeVector<std::int16_t> rows;
  LargeVector<Other> others;
  LargeVector<LongPiece> long_pieces;
  // Sets are as many as pieces, or nearly, and one in four has a far row.
  rows.reserve(scores.size() * kRowSize * 3 / 2);
  scanner.ForEachSet([&](std::size_t at, const MatchSet& set) {
    const std::size_t begin = rows.size();
    const std::size_t longest = set.longest();
    const std::size_t num_rows = longest > kFar ? 3 : longest > kRow ? 2 : 1;
    rows.resize(begin + num_rows * kRowSize, kNoPiece);
    const std::size_t first_long = long_pieces.size();
    set.ForEach([&](int piece_length, double, std::int32_t value) {
      const auto score = static_cast<std::int16_t>(scores[value] / kUnit);
      const auto length = static_cast<std::size_t>(piece_length);
      if (length > kFar) {
        long_pieces.push_back({value, score, static_cast<std::uint16_t>(length)});
        return;
      }
      const std::size_t place = begin + PlaceOf(length);
      const std::int32_t number = value - first_values[length];
      rows[place] = score;
      rows[place + kRow] = static_cast<std::int16_t>(std::min<std::int32_t>(number, kOther));
      if (number >= kOther) others.push_back({static_cast<std::uint32_t>(place), value});
    });
    if (longest > kFar) {
      const Range range = {static_cast<std::uint32_t>(first_long),
                           static_cast<std::uint32_t>(long_pieces.size() - first_long)};
      std::memcpy(rows.data() + begin + 2 * kRowSize, &range, sizeof(range));
    }
    const auto stride = static_cast<Entry>(set.stride() <= kStride ? set.stride() : 1);
    entries_at[at] = static_cast<Entry>(begin * sizeof(std::int16_t)) |
                     (longest > kFar ? kHasLong : 0) | (longest > kRow ? kHasFar : 0) | stride;
  });
  if (rows.size() * sizeof(std::int16_t) >= kArrives) return;
  LargeVector<Entry> entries(scanner.num_states());
  for (std::size_t state = 0; state < entries.size(); ++state) {
    entries[state] = entries_at[scanner.set_offsets()[state]];
  }
  entries_ = FrozenArray(std::move(entries));
  scores_ = FrozenArray(std::move(rows));
  first_values_ = FrozenArray(std::move(first_values));
  others_ = FrozenArray(std::move(others));
  long_pieces_ = FrozenArray(std::move(long_pieces));
}

const WholeRows::Other* WholeRows::FindOther(std::size_t place) const {
  const absl::Span<const Other> others = others_.span();
  const auto found =
      std::lower_bound(others.begin(), others.end(), place,
                       [](const Other& other, std::size_t at) { return other.place < at; });
  return found != others.end() && found->place == place ? &*found : nullptr;
}

std::int32_t WholeRows::ValueOfOther(Entry entry, std::size_t length) const {
  if (length <= kFar) return FindOther(FirstOf(entry) + PlaceOf(length))->value;
  const absl::Span<const LongPiece> pieces = LongPiecesOf(entry);
  return std::find_if(pieces.begin(), pieces.end(),
                      [length](const LongPiece& piece) { return piece.length == length; })
      ->value;
}

std::size_t WholeRows::LongestOf(Entry entry) const {
  if ((entry & kHasLong) != 0) return LongPiecesOf(entry).back().length;
  std::size_t length = (entry & kHasFar) != 0 ? kFar : kRow;
  const std::int16_t* const row = scores() + FirstOf(entry);
  while (length > 0 && row[PlaceOf(length)] == kNoPiece) --length;
  return length;
}

bool WholeRows::TablesFit(std::size_t num_states, std::size_t num_values,
                          std::size_t max_length) const {
  if (empty()) {
    return scores_.empty() && first_values_.empty() && others_.empty() && long_pieces_.empty();
  }
  if (entries_.size() != num_states || first_values_.size() != kFar + 1) return false;
  bool fit = true;
  for (const std::int32_t value : first_values_.span()) {
    fit &= static_cast<std::uint32_t>(value) <= num_values;
  }
  for (std::size_t i = 0; i < others_.size(); ++i) {
    fit &= static_cast<std::uint32_t>(others_[i].value) < num_values &&
           (i == 0 || others_[i - 1].place < others_[i].place);
  }
  for (const LongPiece& piece : long_pieces_.span()) {
    fit &= static_cast<std::uint32_t>(piece.value) < num_values && piece.length > kFar &&
           piece.length <= max_length && piece.score <= 0 && piece.score >= kLeastScore;
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
      ((entry & kHasLong) != 0 && (entry & kHasFar) == 0) || first % kRowSize != 0 ||
      scores_.size() < rows * kRowSize || first > scores_.size() - rows * kRowSize) {
    return false;
  }
  const std::size_t most = rows > 1 ? kFar : kRow;
  for (std::size_t length = 1; length <= most; ++length) {
    const std::size_t place = first + PlaceOf(length);
    if (scores_[place] == kNoPiece) continue;
    if (length > max_length || !PieceFits(place, length, num_values)) return false;
  }
  if ((entry & kHasLong) == 0) return true;
  const Range range = RangeAt(first + 2 * kRowSize);
  return range.size > 0 && range.size <= long_pieces_.size() &&
         range.begin <= long_pieces_.size() - range.size;
}

bool WholeRows::PieceFits(std::size_t place, std::size_t length, std::size_t num_values) const {
  if (scores_[place] > 0 || scores_[place] < kLeastScore) return false;
  const auto number = static_cast<std::uint16_t>(scores_[place + kRow]);
  if (number == kOther) return FindOther(place) != nullptr;
  return static_cast<std::size_t>(first_values_[length]) + number < num_values;
}

}  // namespace bytepiece
