// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/exported_score.h"

#include <cmath>
#include <vector>

#include "bytepiece/model/vocabulary.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

TEST_CASE("a piece crosses chunks where a newline is followed by something else") {
  CHECK_FALSE(CrossesChunks("a"));
  CHECK_FALSE(CrossesChunks("\n"));
  CHECK_FALSE(CrossesChunks("ab\n\n\n"));
  CHECK(CrossesChunks("\na"));
  CHECK(CrossesChunks("a\n\nb\n"));
}

TEST_CASE("scores are those of the vocabulary, to the bit") {
  for (const ScoreKind kind : {ScoreKind::kLog, ScoreKind::kWhole}) {
    Model model = MakeMixedModel();
    SetScores(kind, &model);
    const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
    REQUIRE(vocabulary.ok());
    const std::vector<double> scores = ScoresInNats(model);
    REQUIRE(scores.size() == model.pieces.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      CHECK(scores[i] == vocabulary->PieceScore(kFirstPieceId + static_cast<TokenId>(i)));
      if (kind == ScoreKind::kWhole) CHECK(std::trunc(scores[i] * 64) == scores[i] * 64);
    }
  }
}

TEST_CASE("what must never be used costs more than a piece of single bytes") {
  CHECK(kNeverScore < -44.0 * static_cast<double>(kMaxPieceLength));
}

}  // namespace
}  // namespace bytepiece
