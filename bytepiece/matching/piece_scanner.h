// SPDX-License-Identifier: Apache-2.0
// Finds, for every position of a text, all pieces that start there.
//
// An Aho-Corasick automaton over the reversed pieces reads the text from right
// to left. At position s its state stands for the longest string text[s, s + d)
// that some piece ends with, and the pieces that are a prefix of that string are
// exactly the pieces that start at s. They depend on the state alone, so they
// are laid out beforehand: a state leads to a match set, which lists lengths,
// scores and values. Whatever the length of the pieces, a position costs one step
// and a few failed ones, and every step is the same few instructions without a
// branch, so that several parts of a text are read at once to hide the latency
// of memory.
//
// Example: pieces a, b, ab, abc, c. In "abd" state "ab" at 0 gives {a, ab}, state
// "b" at 1 gives {b}. In "bc", state "bc" at 0 (the end of abc) gives {b}.
//
// Reference: Aho and Corasick, "Efficient string matching" (1975).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "bytepiece/base/frozen_array.h"

namespace bytepiece {

// The pieces that start at one position, by ascending length.
class MatchSet {
 public:
  // Longer pieces than this are "long" and, being rare, kept apart.
  static constexpr int kMaxShort = 8;

  // The set that begins at place `at` of the scanner's arrays.
  MatchSet(const std::uint64_t* words, const std::int32_t* values, std::uint32_t at)
      : words_(words + at), values_(values + at), at_(at) {}

  int num_short() const { return static_cast<std::uint8_t>(words_[0] >> 16); }
  int num_long() const { return static_cast<std::uint8_t>(words_[0] >> 8); }
  // From its place to the next set's.
  std::size_t num_words() const {
    return 1 + static_cast<std::size_t>(num_short() + 2 * num_long());
  }

  // Starting from this position, a best segmentation has no cut before the
  // position `stride` bytes on, which may therefore be the next to start from
  // (PieceScannerBuilder::Stride says why). 1 where nothing is known.
  std::size_t stride() const { return words_[0] >> 24; }

  // The length of the longest piece; 0 if there is none.
  std::size_t longest() const {
    if (num_long() > 0) return words_[num_short() + 2 * num_long()];
    return static_cast<std::size_t>(std::bit_width(short_lengths()));
  }

  // Calls visit(length, score, value) for each piece.
  template <typename Visit>
  void ForEach(Visit visit) const {
    std::size_t i = 1;
    for (unsigned mask = short_lengths(); mask != 0; mask &= mask - 1) {
      visit(std::countr_zero(mask) + 1, std::bit_cast<double>(words_[i]), values_[i]);
      ++i;
    }
    for (int n = num_long(); n > 0; --n) {
      visit(static_cast<int>(words_[i + 1]), std::bit_cast<double>(words_[i]), values_[i]);
      i += 2;
    }
  }

  // The place of the piece of that length, which must be there, among all that
  // PieceScanner::ValueAt knows.
  std::uint32_t PlaceOfLength(int length) const {
    if (length <= kMaxShort) return PlaceIfShort(static_cast<std::uint8_t>(length));
    std::uint32_t i = 1 + static_cast<std::uint32_t>(num_short());
    while (static_cast<int>(words_[i + 1]) != length) i += 2;
    return at_ + i;
  }

  // The same without a branch, for pieces of up to kMaxShort bytes; for others any.
  std::uint32_t PlaceIfShort(std::uint8_t length) const {
    return at_ + 1 + kBitCount[short_lengths() & kShorter[length]];
  }

  // By byte; plain x86-64 has no instruction for it.
  static constexpr std::array<std::uint8_t, 256> kBitCount = [] {
    std::array<std::uint8_t, 256> counts{};
    for (unsigned i = 0; i < 256; ++i) counts[i] = static_cast<std::uint8_t>(std::popcount(i));
    return counts;
  }();

 private:
  // For each length the bits of shorter pieces.
  static constexpr std::array<std::uint8_t, 256> kShorter = [] {
    std::array<std::uint8_t, 256> shorter{};
    for (unsigned i = 1; i < 256; ++i) {
      shorter[i] = static_cast<std::uint8_t>((1u << std::min(i - 1, 8u)) - 1);
    }
    return shorter;
  }();

  // Bit i: a piece of i + 1 bytes.
  unsigned short_lengths() const { return static_cast<std::uint8_t>(words_[0]); }

  const std::uint64_t* words_;
  const std::int32_t* values_;
  std::uint32_t at_;
};

// Immutable; safe to share between threads.
class PieceScanner {
 public:
  // A state's number, good for SetOf.
  using State = std::uint32_t;

  // Longer pieces need the plain kernel (viterbi.h).
  static constexpr std::size_t kMaxLength = 255;

  PieceScanner() = default;

  // The value of pieces[i] is i; its score is scores[i]. Leaves an empty scanner
  // where the pieces are none of its business: one longer than kMaxLength, a
  // single byte missing, a score that is not finite, or too many states or pieces
  // within pieces.
  static PieceScanner Build(absl::Span<const std::string_view> pieces,
                            absl::Span<const double> scores);

  // Replaces the score of every value, as if built with these, which may be
  // -infinity: such a piece is as good as absent. All strides become 1. Scores of
  // single bytes must be finite.
  void SetScores(absl::Span<const double> scores);

  bool empty() const { return units_.empty(); }
  std::size_t max_length() const { return max_length_; }
  // Whether no piece has a newline before another byte, so that no match crosses
  // the end of a chunk.
  bool keeps_to_chunks() const { return keeps_to_chunks_; }

  // The states of the positions [begin, end) of `text`, as if the text ended at
  // its end: states[i] is that of begin + i. kMaxLength - 1 states after the last may be
  // overwritten.
  void Scan(std::string_view text, std::size_t begin, std::size_t end, State* states) const;

  // The same for strings of their own that lie one after the other: string i ends at
  // ends[i] (ascending), and no match leaves it. states[0] is that of `text`'s begin.
  void ScanEach(std::string_view text, absl::Span<const std::size_t> ends, State* states) const;

  // Those from 0 on; some stand for no string.
  std::size_t num_states() const { return sets_.size(); }

  MatchSet SetOf(State state) const { return SetAt(sets_[state]); }

  // Replaces each of these states by the place where its set begins, good for SetAt.
  void FindSets(absl::Span<State> states) const {
    const std::uint32_t* const sets = sets_.data();
    for (State& state : states) state = sets[state];
  }
  MatchSet SetAt(std::uint32_t place) const { return {words_.data(), values_.data(), place}; }

  // Calls visit(place, set) for each set, in the order of their places.
  template <typename Visit>
  void ForEachSet(Visit visit) const {
    for (std::size_t at = 0; at < values_.size();) {
      const MatchSet set = SetAt(static_cast<std::uint32_t>(at));
      visit(at, set);
      at += set.num_words();
    }
  }

  // The value of the piece at a place that a match set named.
  std::int32_t ValueAt(std::uint32_t place) const { return values_[place]; }
  // The piece's value at each place; -1 where there is none.
  absl::Span<const std::int32_t> values() const { return values_.span(); }

  // The layout, for kernels: the set of a state begins at set_words() +
  // set_offsets()[state] with a header: bits 0 to 7 are the short lengths, bit i
  // for i + 1 bytes, then a byte each the number of long pieces, of short ones, and
  // the stride. A word for the score of each short piece follows, as a double, two
  // for each long one, score and length. 8 words may be read after the header.
  static constexpr std::uint64_t kHasLong = 0xFF00;
  const std::uint32_t* set_offsets() const { return sets_.data(); }
  const std::uint64_t* set_words() const { return words_.data(); }

  // For Vocabulary's.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.units_);
    visit(self.sets_);
    visit(self.words_);
    visit(self.values_);
    visit(self.max_length_);
    visit(self.keeps_to_chunks_);
  }
  bool TablesFit(std::size_t num_values) const;

 private:
  friend class PieceScannerBuilder;

  // From the high bits: base (24), label (8), the state to fall back to (32).
  // The child of a state by byte b is unit base ^ b if that carries the label b.
  using Unit = std::uint64_t;
  static constexpr std::size_t kBlockSize = 256;  // base ^ byte is in the base's block

  bool SetsFit(std::size_t num_values) const;
  static void Step(const Unit* units, const char* text, State* states, Unit* unit,
                   std::size_t* left);
  template <int kStreams>
  void ScanTogether(const char* text, std::size_t size, std::size_t beyond, State* states) const;

  FrozenArray<Unit> units_;
  FrozenArray<std::uint32_t> sets_;   // by unit: where its set begins below
  FrozenArray<std::uint64_t> words_;  // of the sets, as above
  FrozenArray<std::int32_t> values_;  // at the place of each piece's score
  std::size_t max_length_ = 0;
  bool keeps_to_chunks_ = false;
};

}  // namespace bytepiece
