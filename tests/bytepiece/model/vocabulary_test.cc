// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/vocabulary.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

// Create works on two threads where OpenMP may use them.
TEST_CASE("ids, bytes, counts and scores of a vocabulary are the model's") {
  Model model = MakeMixedModel();
  model.special_tokens = {{"<|user|>"}};
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  REQUIRE(vocabulary.ok());
  CHECK(vocabulary->size() == VocabSize(model));
  CHECK(vocabulary->num_pieces() == static_cast<std::int64_t>(model.pieces.size()));
  std::int64_t total = 0;
  std::size_t longest = 0;
  for (const Piece& piece : model.pieces) {
    total += piece.count;
    longest = std::max(longest, piece.bytes.size());
  }
  CHECK(vocabulary->max_piece_length() == longest);
  TokenId id = kFirstPieceId;
  for (const Piece& piece : model.pieces) {
    CAPTURE(id);
    REQUIRE(vocabulary->IsPiece(id));
    REQUIRE(vocabulary->PieceBytes(id) == piece.bytes);
    REQUIRE(vocabulary->PieceCount(id) == piece.count);
    REQUIRE(vocabulary->PieceScore(id) == std::log(double(piece.count)) - std::log(double(total)));
    REQUIRE(vocabulary->FindPiece(piece.bytes) == id);
    ++id;
  }
  CHECK(vocabulary->end_of_pieces() == id);
  CHECK_FALSE(vocabulary->IsPiece(id));
  CHECK_FALSE(vocabulary->IsPiece(kEosId));
  CHECK(vocabulary->FindPiece("") == -1);
  CHECK(vocabulary->FindPiece("no such piece") == -1);
  CHECK(vocabulary->FindPiece("<|user|>") == -1);
}

TEST_CASE("whole scores are those stored, in nats") {
  Model model = MakeMixedModel();
  SetScores(ScoreKind::kWhole, &model);
  model.whole_scores[5] = -77;
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  REQUIRE(vocabulary.ok());
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    REQUIRE(64 * vocabulary->PieceScore(kFirstPieceId + static_cast<TokenId>(i)) ==
            model.whole_scores[i]);
  }
}

TEST_CASE("an unusable model gives no vocabulary") {
  Model model = MakeModel({{"ab", 3}});
  model.pieces.erase(model.pieces.begin() + 65);  // "A"
  CHECK_FALSE(Vocabulary::Create(model).ok());
}

TEST_CASE("a moved vocabulary still finds its pieces") {
  absl::StatusOr<Vocabulary> made = Vocabulary::Create(MakeModel({{"ab", 3}}));
  REQUIRE(made.ok());
  const Vocabulary vocabulary = *std::move(made);
  CHECK(vocabulary.PieceBytes(vocabulary.FindPiece("ab")) == "ab");
}

TEST_CASE("several threads may be the first to look for a piece") {
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(MakeModel({{"ab", 3}}));
    REQUIRE(vocabulary.ok());
    std::vector<TokenId> found(4);
    std::vector<std::thread> threads;
    for (TokenId& id : found) {
      threads.emplace_back([&id, &vocabulary] { id = vocabulary->FindPiece("ab"); });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(found == std::vector<TokenId>(4, kFirstPieceId + 256));
  }
}

}  // namespace
}  // namespace bytepiece
