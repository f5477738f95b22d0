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

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace bytepiece {

// The pieces that start at one position, by ascending length. Lengths up to 16
// are bits of a mask; longer ones are listed.
class MatchSet {
 public:
  static constexpr int kMaxShort = 16;
  static constexpr std::uint64_t kLongMask = 0xFF0000;

  MatchSet(const std::uint64_t* words, const std::int32_t* values, const std::uint8_t* lengths)
      : words_(words), values_(values), lengths_(lengths) {}

  // Bit i: a piece of i + 1 bytes.
  std::uint32_t short_lengths() const { return static_cast<std::uint16_t>(words_[0]); }
  int num_short() const { return std::popcount(short_lengths()); }
  int num_long() const { return static_cast<std::uint8_t>(words_[0] >> 16); }
  int size() const { return num_short() + num_long(); }

  // The following require 0 <= i < size().
  double score(int i) const { return std::bit_cast<double>(words_[i + 1]); }
  std::int32_t value(int i) const { return values_[i + 1]; }
  int length(int i) const { return lengths_[i + 1]; }

 private:
  const std::uint64_t* words_;
  const std::int32_t* values_;
  const std::uint8_t* lengths_;
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
  // single byte missing, a score that is not finite, or too many states.
  static PieceScanner Build(absl::Span<const std::string_view> pieces,
                            absl::Span<const double> scores);

  bool empty() const { return units_.empty(); }
  std::size_t max_length() const { return max_length_; }
  // Whether no piece has a newline before another byte, so that no match crosses
  // the end of a chunk.
  bool keeps_to_chunks() const { return keeps_to_chunks_; }

  // The states of the positions [begin, end) of `text`, as if the text ended at
  // its end: states[i] is that of begin + i.
  void Scan(std::string_view text, std::size_t begin, std::size_t end, State* states) const;

  MatchSet SetOf(State state) const {
    const std::size_t at = sets_[state];
    return {words_.data() + at, values_.data() + at, lengths_.data() + at};
  }

  // The layout, for kernels: the set of a state begins with a header at
  // set_words() + set_offsets()[state], the short lengths as a mask in bits 0 to
  // 15, the number of long ones in bits 16 to 23; the scores follow, as doubles.
  // 16 words may be read behind the header and the scores of short pieces.
  const std::uint32_t* set_offsets() const { return sets_.data(); }
  const std::uint64_t* set_words() const { return words_.data(); }

 private:
  friend class PieceScannerBuilder;

  // From the high bits: base (24), label (8), the state to fall back to (32).
  // The child of a state by byte b is unit base ^ b if that carries the label b.
  using Unit = std::uint64_t;

  std::vector<Unit> units_;
  std::vector<std::uint32_t> sets_;  // by unit: where its set begins below
  // A match set is a header and its scores; values and lengths lie parallel.
  std::vector<std::uint64_t> words_;
  std::vector<std::int32_t> values_;
  std::vector<std::uint8_t> lengths_;
  std::size_t max_length_ = 0;
  bool keeps_to_chunks_ = false;
};

}  // namespace bytepiece
