// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

std::string Refusal(const Model& model) { return std::string(ValidateModel(model).message()); }

// What is said of a model that has this piece beside the bytes.
std::string RefusalOfPiece(const Piece& piece) { return Refusal(MakeModel({piece})); }

TEST_CASE("models that can be used are valid") {
  CHECK(Refusal(MakeModel({})).empty());
  CHECK(Refusal(MakeMixedModel()).empty());
  Model model = MakeModel({{"\u4E2D", 1}, {"ab", 7}});
  model.pieces_are_unicode = true;
  model.special_tokens = {{"<user>", false}, {"\u4E2D", false}, {"<reserved_0>", true}};
  CHECK(Refusal(model).empty());
  CHECK(VocabSize(model) == 3 + 256 + 2 + 3);
  std::reverse(model.pieces.begin(), model.pieces.end());  // ids follow no order of the bytes
  CHECK(Refusal(model).empty());
}

TEST_CASE("whole scores are made of the counts once, and are then what they are") {
  Model model = MakeModel({{"ab", 744}});  // of 1000
  const Model before = model;
  CHECK(ScoresOf(model) == ScoreKind::kLog);
  SetScores(ScoreKind::kLog, &model);
  CHECK((model == before));
  SetScores(ScoreKind::kWhole, &model);
  CHECK(ScoresOf(model) == ScoreKind::kWhole);
  REQUIRE(model.whole_scores.size() == 257);
  CHECK(model.whole_scores[0] == -442);   // 64 ln 0.001 = -442.1
  CHECK(model.whole_scores[256] == -19);  // 64 ln 0.744 = -18.9
  CHECK(Refusal(model).empty());
  model.whole_scores[256] = -21;
  const Model changed = model;
  SetScores(ScoreKind::kWhole, &model);
  CHECK((model == changed));
  SetScores(ScoreKind::kLog, &model);
  CHECK((model == before));
}

TEST_CASE("whole scores that cannot be are refused") {
  Model model = MakeModel({{"ab", 744}});
  SetScores(ScoreKind::kWhole, &model);
  for (const int score : {kLeastWholeScore, -1, 0}) {
    model.whole_scores[256] = static_cast<std::int16_t>(score);
    CHECK(Refusal(model).empty());
  }
  model.whole_scores[256] = 1;
  CHECK(Refusal(model) == "piece \"ab\" has whole score 1, outside -2047..0");
  model.whole_scores[256] = -2048;
  CHECK(Refusal(model) == "piece \"ab\" has whole score -2048, outside -2047..0");
  model.whole_scores.pop_back();
  CHECK(Refusal(model) == "there are 256 whole scores for 257 pieces");
}

TEST_CASE("control tokens have their texts") {
  CHECK(std::string(ControlTokenText(kPadId)) == "<pad>");
  CHECK(std::string(ControlTokenText(kBosId)) == "<bos>");
  CHECK(std::string(ControlTokenText(kEosId)) == "<eos>");
}

TEST_CASE("a piece that cannot be is named") {
  CHECK_THAT(RefusalOfPiece({"", 1}), Contains("id 3 is empty"));
  CHECK_THAT(RefusalOfPiece({"ab", 0}), Contains("\"ab\" has count 0"));
  CHECK_THAT(RefusalOfPiece({"\n\x80", -5}), Contains("\"\\n\\x80\" has count -5"));
  CHECK(RefusalOfPiece({std::string(kMaxPieceLength, 'a'), 1}).empty());
  CHECK_THAT(RefusalOfPiece({std::string(kMaxPieceLength + 1, 'a'), 1}),
             Contains("1025 bytes, more than 1024; train with"));
}

TEST_CASE("a repeated piece is named, sorted or not") {
  Model model = MakeModel({{"ab", 1}, {"ab", 2}, {"abc", 1}});
  CHECK_THAT(Refusal(model), Contains("\"ab\" occurs twice"));
  std::rotate(model.pieces.begin(), model.pieces.end() - 2, model.pieces.end());
  CHECK_THAT(Refusal(model), Contains("\"ab\" occurs twice"));
  model = MakeModel({});
  model.pieces.push_back({"x", 1});
  CHECK_THAT(Refusal(model), Contains("\"x\" occurs twice"));
}

TEST_CASE("every byte must be a piece") {
  for (int byte = 0; byte < 256; ++byte) {
    Model model = MakeModel({{"ab", 1}});
    model.pieces.erase(model.pieces.begin() + byte);
    CAPTURE(byte);
    char name[5];
    std::snprintf(name, sizeof name, "0x%02x", byte);
    CHECK_THAT(Refusal(model), Contains(name));
  }
  CHECK_THAT(Refusal(Model()), Contains("0x00"));
}

TEST_CASE("the sum of the counts fits 63 bits") {
  const std::int64_t max = std::numeric_limits<std::int64_t>::max();
  CHECK(RefusalOfPiece({"ab", max - 256}).empty());
  CHECK_THAT(RefusalOfPiece({"ab", max - 255}), Contains("63 bits"));
}

TEST_CASE("the claim that pieces are UTF-8 is checked") {
  for (const char* piece : {"\xE4\xB8", "a\x80", "\xED\xA0\x80", "\xC0\x80"}) {
    Model model = MakeModel({{piece, 1}});
    CHECK(Refusal(model).empty());
    model.pieces_are_unicode = true;
    CHECK_THAT(Refusal(model), Contains("is not valid UTF-8"));
  }
}

TEST_CASE("special tokens are whole, unique and not built in") {
  const auto refusal = [](std::vector<SpecialToken> tokens) {
    Model model = MakeModel({});
    model.special_tokens = std::move(tokens);
    return Refusal(model);
  };
  CHECK_THAT(refusal({{"", false}}), Contains("empty"));
  CHECK_THAT(refusal({{"<a>", false}, {"<a>", true}}), Contains("\"<a>\" occurs twice"));
  CHECK_THAT(refusal({{"<eos>", false}}), Contains("\"<eos>\""));
  CHECK_THAT(refusal({{"<\xFF>", false}}), Contains("not valid UTF-8"));
}

TEST_CASE("a model is no larger than its file may be") {
  Model model = MakeModel({});
  // Cheaper than pieces, and counted alike.
  model.special_tokens.resize(5, {std::string(kMaxModelSize / 5, 'a'), false});
  CHECK_THAT(Refusal(model), Contains("more than the 1000000000"));
}

TEST_CASE("reserved tokens fill up, under names that are not taken") {
  Model model = MakeModel({});
  model.special_tokens = {{"<reserved_1>", false}};
  AddReservedTokens(64, &model);
  CHECK(VocabSize(model) % 64 == 0);
  CHECK(ValidateModel(model).ok());
  CHECK(model.special_tokens[1] == SpecialToken{"<reserved_0>", true});
  CHECK(model.special_tokens[2] == SpecialToken{"<reserved_2>", true});
  const Model full = model;
  AddReservedTokens(64, &model);
  CHECK(model == full);
}

}  // namespace
}  // namespace bytepiece
