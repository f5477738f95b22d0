// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/prefix_paths.h"

#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

// Random pieces over few letters meet and tie all the time.
Model RandomModel(RandomText* random) {
  std::vector<Piece> pieces;
  for (std::size_t i = 1 + random->Below(20); i > 0; --i) {
    const std::string bytes = random->Over("ab\n", 2 + random->Below(4));
    bool known = false;
    for (const Piece& piece : pieces) known |= piece.bytes == bytes;
    if (!known) pieces.push_back({bytes, static_cast<std::int64_t>(1 + random->Below(3))});
  }
  return MakeModel(pieces);
}

TEST_CASE("every prefix has the tokens of Encode, while the text grows and shrinks") {
  RandomText random(91);
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(RandomModel(&random));
    REQUIRE(tokenizer.ok());
    PrefixPaths paths(&tokenizer->vocabulary());
    for (int turn = 0; turn < 12; ++turn) {
      paths.Truncate(random.Below(paths.size() + 1));
      paths.Append(random.Over(i % 2 == 0 ? "ab\n" : "aaab", random.Below(12)));
      CAPTURE(std::string(paths.text()));
      for (std::size_t end = 0; end <= paths.size(); ++end) {
        const std::string prefix(paths.text().substr(0, end));
        REQUIRE(paths.Tokens(0, end) == tokenizer->Encode(prefix));
      }
      if (paths.size() == 0) continue;
      const std::vector<TokenId> ids = tokenizer->Encode(paths.text());
      REQUIRE(paths.best_token() == ids.back());
      REQUIRE(paths.size() - paths.best_begin() ==
              tokenizer->vocabulary().PieceBytes(ids.back()).size());
      REQUIRE(paths.Tokens(paths.best_begin(), paths.size()) == std::vector<TokenId>{ids.back()});
    }
  }
}

TEST_CASE("real pieces and bytes of every kind") {
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeMixedModel(Normalization::kNone));
  REQUIRE(tokenizer.ok());
  RandomText random(92);
  for (int i = 0; i < 40; ++i) {
    const std::string text = i % 2 == 0 ? random.MutatedUtf8(200) : random.Bytes(200);
    PrefixPaths paths(&tokenizer->vocabulary());
    paths.Append(text);
    REQUIRE(paths.Tokens(0, text.size()) == tokenizer->Encode(text));
  }
}

TEST_CASE("a walk goes on where a longer piece may begin") {
  const absl::StatusOr<Vocabulary> vocabulary =
      Vocabulary::Create(MakeModel({{"abc", 9}, {"bcd", 9}}));
  REQUIRE(vocabulary.ok());
  PrefixPaths paths(&*vocabulary);
  const auto begins = [&] {
    std::vector<std::size_t> found;
    for (const PrefixPaths::Walk& walk : paths.walks()) found.push_back(walk.begin);
    return found;
  };
  paths.Append("xab");
  REQUIRE(begins() == std::vector<std::size_t>{1, 2});
  paths.Append('d');
  REQUIRE(begins() == std::vector<std::size_t>{3});
  paths.Append("\na");  // a new chunk
  REQUIRE(begins() == std::vector<std::size_t>{5});
}

}  // namespace
}  // namespace bytepiece
