// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/scores_in_nats.h"

#include <cmath>

#include "bytepiece/model/vocabulary.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

TEST_CASE("scores are those of the vocabulary, to the bit") {
  for (const ScoreKind kind : {ScoreKind::kLog, ScoreKind::kWhole}) {
    Model model = MakeMixedModel();
    SetScores(kind, &model);
    const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
    REQUIRE(vocabulary.ok());
    const LargeVector<double> scores = ScoresInNats(model);
    REQUIRE(scores.size() == model.pieces.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      CHECK(scores[i] == vocabulary->PieceScore(kFirstPieceId + static_cast<TokenId>(i)));
      if (kind == ScoreKind::kWhole) CHECK(std::trunc(scores[i] * 64) == scores[i] * 64);
    }
  }
}

}  // namespace
}  // namespace bytepiece
