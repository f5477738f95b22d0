// SPDX-License-Identifier: Apache-2.0
// A scanner's match sets as the samplers read them: a row of 8 places for each, one
// for each length of a short piece, whether there is one or not. So the weights of a
// set are one cache line, which is multiplied with what follows the position as it
// lies there, and no instruction depends on which pieces there are.
//
// Example: the pieces that start somewhere are a, abc and abcdefghijk. Row r has
// places 8 r (a), 8 r + 2 (abc), six that stand for no piece, and one after all rows for
// the long piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/large_pages.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

// Immutable; safe to share between threads.
class WeightRows {
 public:
  static constexpr std::size_t kRow = MatchSet::kMaxShort;

  // A state's word: its row in units of this, and flags.
  static constexpr std::uint32_t kUnit = kRow * sizeof(double);
  static constexpr std::uint32_t kHasLong = 1;
  static constexpr std::uint32_t kFree = 2;  // for the user's purposes

  WeightRows() = default;
  // Empty where the scanner is, or has more sets than words can name.
  explicit WeightRows(const PieceScanner& scanner);

  bool empty() const { return words_.empty(); }

  std::uint32_t WordOf(PieceScanner::State state) const { return words_[state]; }
  static std::size_t Row(std::uint32_t word) { return word / kUnit; }
  static std::size_t FirstPlace(std::uint32_t word) { return Row(word) * kRow; }

  // At each place the piece's value, or -1 where there is none.
  absl::Span<const std::int32_t> values() const { return values_; }

  // Calls visit(length, place) for each long piece by ascending length, until it is
  // false.
  template <typename Visit>
  void ForEachLong(std::uint32_t word, Visit visit) const {
    const std::size_t row = Row(word);
    for (std::size_t i = long_begins_[row]; i < long_begins_[row + 1]; ++i) {
      if (!visit(std::size_t{long_lengths_[i]}, first_long_ + i)) return;
    }
  }

  // Calls visit(length, place) for each of a row's places, then for each long piece.
  template <typename Visit>
  void ForEachPlace(std::uint32_t word, const Visit& visit) const {
    const std::size_t first = FirstPlace(word);
    for (std::size_t i = 0; i < kRow; ++i) visit(i + 1, first + i);
    if ((word & kHasLong) == 0) return;
    ForEachLong(word, [&](std::size_t length, std::size_t place) {
      visit(length, place);
      return true;
    });
  }

  // The place of the piece of that length, which must be there.
  std::size_t PlaceOf(std::uint32_t word, std::size_t length) const {
    if (length <= kRow) return FirstPlace(word) + length - 1;
    std::size_t found = 0;
    ForEachLong(word, [&](std::size_t other, std::size_t place) {
      found = place;
      return other != length;
    });
    return found;
  }

 private:
  LargeVector<std::uint32_t> words_;        // by state
  LargeVector<std::int32_t> values_;        // by place
  std::vector<std::uint32_t> long_begins_;  // by row; one more
  std::vector<std::uint8_t> long_lengths_;
  std::size_t first_long_ = 0;  // place
};

}  // namespace bytepiece
