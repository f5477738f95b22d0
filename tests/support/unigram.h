// SPDX-License-Identifier: Apache-2.0
// A Unigram model of nothing but the pieces and scores a test names.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/segmenter.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_text.h"

namespace bytepiece {

class Unigram {
 public:
  // Values are indices into `pieces`, which are distinct and not empty.
  explicit Unigram(std::vector<ScoredPiece> pieces);

  const std::vector<ScoredPiece>& pieces() const { return pieces_; }
  UnigramView view() const { return {&automaton_, scores_, max_length_}; }
  // Segments by the same pieces; has a scanner if all single bytes are among them.
  Segmenter MakeSegmenter() const;

 private:
  std::vector<ScoredPiece> pieces_;
  std::vector<double> scores_;
  std::size_t max_length_ = 0;
  Automaton automaton_;
};

// Every letter of `alphabet` and `extra` longer pieces over it. Scores are
// -1, -1.5, ... -4 if `many_ties`, so that sums are exact and often equal, else
// of no simple fraction.
Unigram RandomUnigram(std::string_view alphabet, std::size_t extra, bool many_ties,
                      RandomText* random);

// These, and each single byte that is not among them with a score of -20 to -22.
std::vector<ScoredPiece> WithAllBytes(std::vector<ScoredPiece> pieces);

// Some 3000 pieces of any bytes: cut from valid UTF-8, or one or two at random.
std::vector<ScoredPiece> PiecesOfAnyBytes(RandomText* random);

}  // namespace bytepiece
