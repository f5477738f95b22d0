// SPDX-License-Identifier: Apache-2.0
// The match sets of a PieceScanner whose scores are whole numbers (64ths of a nat), laid out for
// kernels that compare 16-bit numbers: a row of eight scores for the pieces of 1 to 8 bytes, after
// it, where there are longer ones, a far row for those of 9 to 16, and after that, where there are
// still longer ones, a row that says where these are listed.
//
// Example: pieces a, b, ab with the scores -64, -128, -100. The row of the set {a, ab} is
// -64, -100, then six times kNoPiece.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "bytepiece/base/frozen_array.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

class WholeRows {
 public:
  static constexpr std::size_t kRow = MatchSet::kMaxShort;  // scores in a row
  static constexpr std::size_t kFar = 2 * kRow;             // the longest piece that a row holds
  static constexpr double kUnit = 0x1p-6;                   // nats
  static constexpr int kLeastScore = -2047;
  static constexpr std::int16_t kNoPiece = -32768;

  // What a state leads to: where its row begins in scores(), in bytes, which is a multiple of 16;
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
    for (std::uint32_t& state : states) state = entries[state];
  }

  const std::int16_t* scores() const { return scores_.data(); }
  // The pieces' values, at the same places as the scores.
  const std::int32_t* values() const { return values_.data(); }
  // The set's pieces of more than kFar bytes, by ascending length. The entry has kHasLong.
  absl::Span<const LongPiece> LongPiecesOf(Entry entry) const {
    const std::int32_t* const range = values_.data() + FirstOf(entry) + 2 * kRow;
    return long_pieces_.span().subspan(static_cast<std::size_t>(range[0]),
                                       static_cast<std::size_t>(range[1]));
  }
  // The value of the set's piece of that length, which must be there.
  std::int32_t ValueOf(Entry entry, std::size_t length) const;
  // The length of the set's longest piece, 0 if there is none.
  std::size_t LongestOf(Entry entry) const;

  // For compiled models.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.entries_);
    visit(self.scores_);
    visit(self.values_);
    visit(self.long_pieces_);
  }
  // Whether these are empty or tables of which none points outside another, for a scanner of so
  // many states whose values are below `num_values` and whose pieces have up to `max_length` bytes.
  bool TablesFit(std::size_t num_states, std::size_t num_values, std::size_t max_length) const;

 private:
  bool RowFits(Entry entry, std::size_t num_values, std::size_t max_length) const;

  FrozenArray<Entry> entries_;  // by state
  FrozenArray<std::int16_t> scores_;
  FrozenArray<std::int32_t> values_;  // of a row that says so, first and number of long_pieces_
  FrozenArray<LongPiece> long_pieces_;
};

}  // namespace bytepiece
