// SPDX-License-Identifier: Apache-2.0
// The match sets of a PieceScanner whose scores are whole numbers (64ths of a nat), laid out for
// kernels that compare 16-bit numbers: a row of eight scores for the pieces of 1 to 8 bytes, and
// beside it which pieces these are, in 16 bits each, so that one cache line has both; then, where
// there are longer ones, a far row for those of 9 to 16, and after that, where there are still
// longer ones, a row that says where these are listed.
//
// Example: pieces a, b, ab with the scores -64, -128, -100. The row of the set {a, ab} is
// -64, -100, then six times kNoPiece; beside it 0 of the pieces of one byte and 0 of those of two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "bytepiece/base/frozen_array.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

class WholeRows {
 public:
  static constexpr std::size_t kRow = MatchSet::kMaxShort;  // scores in a row
  static constexpr std::size_t kRowSize = 2 * kRow;         // with what stands beside them
  static constexpr std::size_t kFar = 2 * kRow;             // the longest piece that a row holds
  static constexpr double kUnit = 0x1p-6;                   // nats
  static constexpr int kLeastScore = -2047;
  static constexpr std::int16_t kNoPiece = -32768;

  // What a state leads to: where its row begins in scores(), in bytes, which is a multiple of 32;
  // and in the bits below that what a kernel asks first.
  using Entry = std::uint32_t;
  static constexpr Entry kStride = 3;   // MatchSet::stride, 1 to 3
  static constexpr Entry kHasFar = 4;   // there is a far row
  static constexpr Entry kHasLong = 8;  // there are pieces of more than kFar bytes
  static constexpr Entry kFlags = 15;
  static constexpr Entry kArrives = Entry{1} << 31;    // never set here: a mark for kernels
  static constexpr std::size_t FirstOf(Entry entry) {  // the index of its row's first score
    return (entry & ~kFlags) / sizeof(std::int16_t);
  }
  // How far after that the score of a piece of that length, at most kFar, stands.
  static constexpr std::size_t PlaceOf(std::size_t length) {
    return (length - 1) + ((length - 1) & kRow);
  }

  struct LongPiece {
    std::int32_t value;
    std::int16_t score;
    std::uint16_t length;
  };

  // No rows: the scores are no whole numbers.
  WholeRows() = default;
  // Those of `scanner`, whose pieces have these scores in nats, by value. Empty if the scanner is,
  // or if a score is not -2047 to 0 times kUnit.
  WholeRows(const PieceScanner& scanner, absl::Span<const double> scores);

  bool empty() const { return entries_.empty(); }

  // Replaces each of the scanner's states by its entry.
  void FindEntries(absl::Span<std::uint32_t> states) const {
    const Entry* const entries = entries_.data();
#pragma GCC unroll 8
    for (std::uint32_t& state : states) state = entries[state];
  }

  const std::int16_t* scores() const { return scores_.data(); }
  // The set's pieces of more than kFar bytes, by ascending length. The entry has kHasLong.
  absl::Span<const LongPiece> LongPiecesOf(Entry entry) const {
    const Range range = RangeAt(FirstOf(entry) + 2 * kRowSize);
    return long_pieces_.span().subspan(range.begin, range.size);
  }
  // The value of the set's piece of that length, which must be there.
  std::int32_t ValueOf(Entry entry, std::size_t length) const {
    if (length <= kFar) [[likely]] {
      const std::size_t place = FirstOf(entry) + PlaceOf(length);
      const auto number = static_cast<std::uint16_t>(scores_[place + kRow]);
      if (number != kOther) [[likely]]
        return first_values_[length] + number;
    }
    return ValueOfOther(entry, length);
  }
  // The length of the set's longest piece, 0 if there is none.
  std::size_t LongestOf(Entry entry) const;

  // For compiled models.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.entries_);
    visit(self.scores_);
    visit(self.first_values_);
    visit(self.others_);
    visit(self.long_pieces_);
  }
  // Whether these are empty or tables of which none points outside another, for a scanner of so
  // many states whose values are below `num_values` and whose pieces have up to `max_length` bytes.
  bool TablesFit(std::size_t num_states, std::size_t num_values, std::size_t max_length) const;

 private:
  // The number of a piece that its length's others are too far from for 16 bits.
  static constexpr std::uint16_t kOther = 0xFFFF;
  struct Other {
    std::uint32_t place;  // of its score
    std::int32_t value;
  };
  // Of long_pieces_, as it stands in a row.
  struct Range {
    std::uint32_t begin;
    std::uint32_t size;
  };

  Range RangeAt(std::size_t place) const {
    Range range;
    std::memcpy(&range, scores_.data() + place, sizeof(range));
    return range;
  }
  std::int32_t ValueOfOther(Entry entry, std::size_t length) const;
  const Other* FindOther(std::size_t place) const;
  bool RowFits(Entry entry, std::size_t num_values, std::size_t max_length) const;
  bool PieceFits(std::size_t place, std::size_t length, std::size_t num_values) const;

  FrozenArray<Entry> entries_;  // by state
  // A row's scores, then of each piece its value less the least one of a piece of its length.
  FrozenArray<std::int16_t> scores_;
  FrozenArray<std::int32_t> first_values_;  // that least one, by length up to kFar
  FrozenArray<Other> others_;               // ascending by place
  FrozenArray<LongPiece> long_pieces_;
};

}  // namespace bytepiece
