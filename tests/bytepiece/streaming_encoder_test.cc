// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/streaming_encoder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/bytepiece/special_token_ways.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

Tokenizer MakeTokenizer(Normalization normalization) {
  Model model = MakeMixedModel(normalization);
  model.special_tokens = {{"<|end|>"}, {"<|end|>!"}, {"ab"}, {"b\xCC\x81"}, {"<x>", true}};
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

// The ids of `text` fed in parts of 0..longest bytes.
std::vector<TokenId> EncodeInParts(StreamingEncoder* encoder, std::string_view text,
                                   std::size_t longest, RandomText* random) {
  std::vector<TokenId> ids;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, random->Below(longest + 1));
    REQUIRE(encoder->Feed(part, &ids).ok());
    text.remove_prefix(part.size());
  }
  REQUIRE(encoder->Finish(&ids).ok());
  REQUIRE(encoder->pending() == 0);
  return ids;
}

std::vector<std::string> ManyTexts(RandomText* random) {
  std::vector<std::string> texts = AwkwardDocuments();
  for (int i = 0; i < 150; ++i) {
    texts.push_back(random->Bytes(random->Below(100)));
    texts.push_back(random->Over("ab<|end>!\n", random->Below(80)));
    texts.push_back(random->Over("e\xCC\x81\xFF\n", random->Below(60)));
    texts.push_back(random->MutatedUtf8(1 + random->Below(200)));
    texts.push_back(random->ValidUtf8(1 + random->Below(200)));
    texts.push_back("b\xCC\x81<|end|>!" + random->ValidUtf8(20) + "<|end|>e\xCC\x81<|en");
  }
  return texts;
}

TEST_CASE("any cuts give the ids of the whole") {
  const std::uint64_t seed = 42;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<std::string> texts = ManyTexts(&random);
  for (const Normalization normalization : {Normalization::kNfc, Normalization::kNone}) {
    const Tokenizer tokenizer = MakeTokenizer(normalization);
    for (const EncodeOptions& options : SpecialTokenWays(tokenizer, "<|end|>")) {
      StreamingEncoder encoder(tokenizer, options);
      Worker worker = tokenizer.NewWorker();
      for (const std::string& text : texts) {
        CAPTURE(text, options.special_tokens, options.allow_special, normalization);
        std::vector<TokenId> expected;
        REQUIRE(worker.Encode(text, options, &expected).ok());
        const std::size_t longest_parts[] = {1, 7, text.size()};
        for (const std::size_t longest : longest_parts) {
          REQUIRE(EncodeInParts(&encoder, text, longest, &random) == expected);
        }
      }
    }
  }
}

TEST_CASE("a mark that comes in the next part joins the character before it") {
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  StreamingEncoder encoder(tokenizer);
  std::vector<TokenId> ids;
  REQUIRE(encoder.Feed("e", &ids).ok());
  REQUIRE(encoder.Feed("\xCC", &ids).ok());
  CHECK(ids.empty());
  REQUIRE(encoder.Feed("\x81", &ids).ok());
  REQUIRE(encoder.Finish(&ids).ok());
  CHECK(ids == tokenizer.Encode("\u00E9"));
}

TEST_CASE("without newline or space, ids come out all the same, and little is held back") {
  for (const Normalization normalization : {Normalization::kNfc, Normalization::kNone}) {
    const Tokenizer tokenizer = MakeTokenizer(normalization);
    StreamingEncoder encoder(tokenizer);
    RandomText random(5);
    std::string text = random.ValidUtf8(300000) + random.Over("\x80", 3000);
    std::replace(text.begin(), text.end(), '\n', '.');
    std::vector<TokenId> ids;
    std::size_t most = 0;
    for (std::size_t at = 0; at < text.size(); at += 50) {
      REQUIRE(encoder.Feed(text.substr(at, 50), &ids).ok());
      most = std::max(most, encoder.pending());
    }
    CHECK(most < 500);
    REQUIRE(encoder.Finish(&ids).ok());
    CHECK(ids == tokenizer.Encode(text));
  }
}

TEST_CASE("a hundred thousand marks one by one take no quadratic time") {
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  StreamingEncoder encoder(tokenizer);
  std::string text = "a";
  for (int i = 0; i < 100000; ++i) text += "\u0301";
  RandomText random(1);
  CHECK(EncodeInParts(&encoder, text, 1, &random) == tokenizer.Encode(text));
}

TEST_CASE("a forbidden token is named, with its place in the stream") {
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  StreamingEncoder encoder(tokenizer, {.special_tokens = SpecialTokenPolicy::kForbid});
  std::vector<TokenId> ids;
  REQUIRE(encoder.Feed("one <|e", &ids).ok());
  REQUIRE(encoder.Feed("nd|", &ids).ok());
  absl::Status status = encoder.Feed("> two", &ids);
  for (int i = 0; i < 2; ++i) {
    REQUIRE_FALSE(status.ok());
    CHECK_THAT(std::string(status.message()), Contains("the special token \"<|end|>\" at byte 4;"));
    status = encoder.Feed("x", &ids);
  }
  CHECK_FALSE(encoder.Finish(&ids).ok());
  CHECK(encoder.pending() == 0);
  ids.clear();
  REQUIRE(encoder.Feed("one", &ids).ok());
  REQUIRE(encoder.Finish(&ids).ok());
  CHECK(ids == tokenizer.Encode("one"));
}

}  // namespace
}  // namespace bytepiece
