// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/scores_in_nats.h"

#include <cstdint>

#include "bytepiece/model/score_kind.h"

namespace bytepiece {

LargeVector<double> ScoresInNats(const Model& model) {
  LargeVector<double> scores;
  scores.reserve(model.pieces.size());
  if (ScoresOf(model) == ScoreKind::kWhole) {
    for (const std::int16_t score : model.whole_scores) scores.push_back(InNats(score));
    return scores;
  }
  std::int64_t total = 0;
  for (const Piece& piece : model.pieces) total += piece.count;
  for (const Piece& piece : model.pieces) scores.push_back(UnigramScore(piece.count, total));
  return scores;
}

}  // namespace bytepiece
