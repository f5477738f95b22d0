// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/piece_scores.h"

#include <cmath>

namespace bytepiece {

std::vector<double> PieceScores(const std::vector<Piece>& pieces) {
  double total = 0;  // in the order of pieces, whatever the threads
  for (const Piece& piece : pieces) total += std::sqrt(static_cast<double>(piece.count));
  const double log_total = std::log(total);
  std::vector<double> scores;
  scores.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    scores.push_back(std::log(static_cast<double>(piece.count)) / 2 - log_total);
  }
  return scores;
}

}  // namespace bytepiece
