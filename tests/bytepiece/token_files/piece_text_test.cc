// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/piece_text.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

Tokenizer Example() {
  Model model;
  for (int byte = 0; byte < 256; ++byte) model.pieces.push_back({std::string(1, char(byte)), 1});
  for (const char* piece : {" the", "世", "<eos>", "\\n", "\n\n", "a\tb", "\xE4\xB8", "\\!<eos>"}) {
    model.pieces.push_back({piece, 5});
  }
  model.special_tokens = {{"<|a b|>", false}, {"\\tab\t", false}, {"<reserved_0>", true}};
  return Tokenizer::Create(model).value();
}

TEST_CASE("tokens are written so that they can be told apart") {
  const Tokenizer tokenizer = Example();
  const auto text = [&](const std::string& piece) {
    return PieceText(tokenizer, tokenizer.vocabulary().FindPiece(piece));
  };
  CHECK(text(" the") == " the");
  CHECK(text("世") == "世");
  CHECK(text("a") == "a");
  CHECK(text("\n\n") == "\\n\\n");
  CHECK(text("\\n") == "\\\\n");
  CHECK(text("a\tb") == "a\\tb");
  CHECK(text("\xE4\xB8") == "\\xE4\\xB8");
  CHECK(text("\x01") == "\\x01");
  CHECK(text("\x7F") == "\\x7F");
  CHECK(text("<eos>") == "<eos>");
  CHECK(PieceText(tokenizer, kEosId) == "\\!<eos>");
  CHECK(text("\\!<eos>") == "\\\\!<eos>");
}

TEST_CASE("every token, and random lines of them, come back") {
  const Tokenizer tokenizer = Example();
  const auto size = static_cast<TokenId>(tokenizer.vocab_size());
  for (TokenId id = 0; id < size; ++id) {
    const std::string text = PieceText(tokenizer, id);
    INFO(text);
    REQUIRE(text.find_first_of("\t\n") == std::string::npos);
    REQUIRE(ParsePieceText(tokenizer, text).value() == id);
  }
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    std::vector<TokenId> ids(random() % 20);
    for (TokenId& id : ids) id = static_cast<TokenId>(random() % size);
    REQUIRE(ParsePieceLine(tokenizer, PieceLine(tokenizer, ids)).value() == ids);
  }
}

TEST_CASE("what is no token is named") {
  const Tokenizer tokenizer = Example();
  for (const std::string text : {"xyz", "\\", "\\q", "\\x0", "\\xZZ", "\\!", "\\!<none>", ""}) {
    CHECK(ParsePieceText(tokenizer, text).status().message() ==
          "\"" + text + "\" is no token of the model");
  }
  CHECK_FALSE(ParsePieceLine(tokenizer, "a\t\tb").ok());
}

}  // namespace
}  // namespace bytepiece
