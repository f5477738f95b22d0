// SPDX-License-Identifier: Apache-2.0
// Random models whose scores are whole numbers, in the forms that kernels take.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/whole_rows.h"
#include "tests/support/brute_force.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {

// All kernels that this processor has.
std::vector<Kernel> KernelsHere();

// The same pieces with scores of `least` (>= -2047) to 0 of the unit, any.
std::vector<ScoredPiece> WithWholeScores(std::vector<ScoredPiece> pieces, int least,
                                         RandomText* random);

// The same pieces with all or nothing: bytes and one in four of the others cost the most that a
// piece can, the rest nothing.
std::vector<ScoredPiece> WithExtremeScores(std::vector<ScoredPiece> pieces, RandomText* random);

// All single bytes, and pieces of the letters a and b of many lengths up to `longest`.
std::vector<ScoredPiece> LongPieces(std::size_t longest, RandomText* random);

// The pieces in the oracle's form and in the kernels'.
struct WholeUnigram {
  explicit WholeUnigram(std::vector<ScoredPiece> pieces);

  // At random until there are `length` bytes.
  std::string RandomPieces(std::size_t length, RandomText* random) const;

  Unigram unigram;
  std::vector<double> scores;
  PieceScanner scanner;
  WholeRows rows;  // empty if the scores are no whole numbers
};

}  // namespace bytepiece
