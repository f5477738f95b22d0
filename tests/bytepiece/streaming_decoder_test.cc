// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/streaming_decoder.h"

#include <string>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

TEST_CASE("a character in three ids comes out whole, with its last byte") {
  absl::StatusOr<Tokenizer> bytes = Tokenizer::Create(MakeModel({}));
  REQUIRE(bytes.ok());
  StreamingDecoder decoder(*bytes);
  const std::vector<TokenId> ids = bytes->Encode("\u4E2Da");
  REQUIRE(ids.size() == 4);
  CHECK(*decoder.Feed(ids[0]) == "");
  CHECK(*decoder.Feed(ids[1]) == "");
  CHECK(*decoder.Feed(ids[2]) == "\u4E2D");
  CHECK(*decoder.Feed(ids[3]) == "a");
  CHECK(decoder.Finish() == "");
  CHECK(*decoder.Feed(ids[0]) == "");
  CHECK(decoder.Finish() == "\xE4");
  CHECK(decoder.Finish() == "");
}

TEST_CASE("broken bytes are not held back once they are known to be broken") {
  absl::StatusOr<Tokenizer> bytes = Tokenizer::Create(MakeModel({}));
  REQUIRE(bytes.ok());
  StreamingDecoder decoder(*bytes);
  const std::vector<TokenId> ids = bytes->Encode("\xE4\xB8\xE4\x41\x80");
  CHECK(*decoder.Feed(ids[0]) == "");
  CHECK(*decoder.Feed(ids[1]) == "");
  CHECK(*decoder.Feed(ids[2]) == "\xE4\xB8");
  CHECK(*decoder.Feed(ids[3]) == "\xE4\x41");
  CHECK(*decoder.Feed(ids[4]) == "\x80");
}

void CheckStream(const Tokenizer& tokenizer, const std::string& text) {
  CAPTURE(text);
  std::vector<bool> starts_character(text.size() + 1, false);
  for (std::size_t at = 0; at < text.size();) {
    starts_character[at] = true;
    at += static_cast<std::size_t>(DecodeUtf8Char(std::string_view(text).substr(at)).length);
  }
  starts_character[text.size()] = true;

  StreamingDecoder decoder(tokenizer);
  std::string shown;
  std::size_t fed = 0;
  for (const TokenId id : tokenizer.Encode(text)) {
    const absl::StatusOr<std::string> part = decoder.Feed(id);
    REQUIRE(part.ok());
    shown += *part;
    fed += tokenizer.vocabulary().PieceBytes(id).size();
    REQUIRE(fed - shown.size() <= 3);
    REQUIRE(starts_character[shown.size()]);
  }
  REQUIRE(shown + decoder.Finish() == text);
}

TEST_CASE("the parts are the text, none ends inside a character") {
  const Tokenizer tokenizer = MakeMixedTokenizer(Normalization::kNone);
  for (const std::string& text : AwkwardDocuments()) CheckStream(tokenizer, text);
  const std::uint64_t seed = 21;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 300; ++i) {
    CheckStream(tokenizer, random.MutatedUtf8(100));
    CheckStream(tokenizer, random.Bytes(100));
  }
}

TEST_CASE("an id outside the vocabulary is an error, and the stream goes on") {
  const Tokenizer tokenizer = MakeMixedTokenizer(Normalization::kNone);
  StreamingDecoder decoder(tokenizer);
  const TokenId lead = tokenizer.vocabulary().FindPiece("\xE4\xB8");
  REQUIRE(lead >= 0);
  CHECK(*decoder.Feed(lead) == "");
  for (const TokenId bad : {-1, static_cast<TokenId>(tokenizer.vocab_size())}) {
    const absl::StatusOr<std::string> part = decoder.Feed(bad);
    REQUIRE_FALSE(part.ok());
    CHECK(std::string(part.status().message()).find(std::to_string(bad)) != std::string::npos);
  }
  CHECK(*decoder.Feed(tokenizer.vocabulary().FindPiece("\xAD")) == "\u4E2D");
}

TEST_CASE("control tokens are shown on demand") {
  const Tokenizer tokenizer = MakeMixedTokenizer(Normalization::kNone);
  StreamingDecoder hidden(tokenizer);
  CHECK(*hidden.Feed(kBosId) == "");
  StreamingDecoder shown(tokenizer, {.control_tokens = true});
  CHECK(*shown.Feed(kBosId) == "<bos>");
}

}  // namespace
}  // namespace bytepiece
