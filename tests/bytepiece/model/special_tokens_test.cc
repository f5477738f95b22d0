// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/special_tokens.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

SpecialTokens MakeTokens(std::vector<SpecialToken> tokens) {
  absl::StatusOr<SpecialTokens> made = SpecialTokens::Create(tokens, kFirstPieceId + 256);
  REQUIRE(made.ok());
  return *std::move(made);
}

constexpr TokenId kFirst = kFirstPieceId + 256;

TEST_CASE("special tokens follow the pieces; texts and ids lead to each other") {
  const SpecialTokens tokens = MakeTokens({{"<|user|>"}, {"<reserved_0>", true}, {"\n\n"}});
  CHECK(tokens.Id("<pad>") == kPadId);
  CHECK(tokens.Id("<bos>") == kBosId);
  CHECK(tokens.Id("<eos>") == kEosId);
  CHECK(tokens.Id("<|user|>") == kFirst);
  CHECK(tokens.Id("\n\n") == kFirst + 2);
  CHECK(tokens.Id("a") == -1);
  CHECK(tokens.Id("") == -1);
  CHECK(*tokens.Text(kEosId) == "<eos>");
  CHECK(*tokens.Text(kFirst + 1) == "<reserved_0>");
  CHECK(tokens.Text(kFirst + 3) == nullptr);
  CHECK(tokens.Text(kFirst - 1) == nullptr);
  CHECK(tokens.Text(-1) == nullptr);
  CHECK(tokens.IsControl(2));
  CHECK_FALSE(tokens.IsControl(3));
  CHECK_FALSE(tokens.IsControl(-1));
}

TEST_CASE("the leftmost match is found, of those at one place the longest") {
  const SpecialTokens tokens = MakeTokens({{"<a"}, {"<a>"}, {"a>b"}, {"<reserved_0>", true}});
  const SpecialTokens::Match first = *tokens.Find("xx<a>b<a", 0);
  CHECK(first.begin == 2);
  CHECK(first.end == 5);
  CHECK(first.id == kFirst + 1);
  const SpecialTokens::Match inside = *tokens.Find("xx<a>b<a", 3);
  CHECK(inside.begin == 3);
  CHECK(inside.id == kFirst + 2);
  const SpecialTokens::Match last = *tokens.Find("xx<a>b<a", 5);
  CHECK(last.begin == 6);
  CHECK(last.end == 8);
  CHECK_FALSE(tokens.Find("xx<a>b<a", 8));
  CHECK_FALSE(tokens.Find("<reserved_0>", 0));
  CHECK_FALSE(tokens.Find("", 0));
}

// The definition, byte by byte.
std::optional<SpecialTokens::Match> FindNaively(const std::vector<std::string>& texts,
                                                std::string_view text, std::size_t from) {
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    SpecialTokens::Match best;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (text.substr(begin, texts[i].size()) != texts[i]) continue;
      if (begin + texts[i].size() <= best.end) continue;
      best = {begin, begin + texts[i].size(), kFirst + static_cast<TokenId>(i)};
    }
    if (best.id >= 0) return best;
  }
  return std::nullopt;
}

TEST_CASE("any bytes are searched, for any tokens, pattern characters included") {
  const std::vector<std::string> texts = {
      ".*",  "\\", "(",   "[^x]",        "\u4E2D", "\n", "a|b", "a", std::string("\0", 1),
      "\\E", "^$", "{2}", "\u00E9\u0301"};
  std::vector<SpecialToken> given;
  for (const std::string& text : texts) given.push_back({text});
  const SpecialTokens tokens = MakeTokens(given);
  const std::uint64_t seed = 7;
  CAPTURE(seed);
  RandomText random(seed);
  std::string alphabet("xy\0\xE4\xFF", 5);
  for (const std::string& text : texts) alphabet += text;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random.Over(alphabet, random.Below(30));
    const std::size_t from = text.empty() ? 0 : random.Below(text.size());
    CAPTURE(text, from);
    const std::optional<SpecialTokens::Match> expected = FindNaively(texts, text, from);
    const std::optional<SpecialTokens::Match> found = tokens.Find(text, from);
    REQUIRE(found.has_value() == expected.has_value());
    if (!expected) continue;
    REQUIRE(found->begin == expected->begin);
    REQUIRE(found->end == expected->end);
    REQUIRE(found->id == expected->id);
  }
}

TEST_CASE("what may go on to be a token is told from what may not") {
  const SpecialTokens tokens = MakeTokens({{"<|a|>"}, {"<|a|>!"}, {"<x>", true}});
  for (const char* start : {"", "<", "<p", "<|", "<|a|>", "<pad"}) {
    const SpecialTokens::Cut cut = tokens.NextCut(start, 0, /*is_last=*/false);
    CHECK(cut.run_end == 0);
    CHECK_FALSE(cut.token);
    CHECK(tokens.NextCut(start, 0, /*is_last=*/true).token == tokens.Find(start, 0));
  }
  for (const char* none : {"<|a|>!", "<pad>", "<x", "|a|>", "a", "<|a|>?", "zz"}) {
    const SpecialTokens::Cut cut = tokens.NextCut(none, 0, /*is_last=*/false);
    CHECK((cut.token || cut.run_end == std::string_view(none).size()));
  }
  const SpecialTokens::Cut cut = tokens.NextCut("a<|a|>b<|a|>", 3, /*is_last=*/false);
  CHECK(cut.run_end == 7);  // what may be "<|a|>!"
  CHECK_FALSE(cut.token);
  CHECK(tokens.max_length() == 6);
}

TEST_CASE("thousands of special tokens can be searched") {
  std::vector<SpecialToken> given;
  for (int i = 0; i < 5000; ++i) given.push_back({"<|token " + std::to_string(i) + "|>"});
  const SpecialTokens tokens = MakeTokens(given);
  for (const int i : {0, 7, 70, 4999}) {
    CHECK(tokens.Find("some text " + given[i].text, 0)->id == kFirst + i);
  }
  CHECK_FALSE(tokens.Find("<|token 5000|>", 0));
}

}  // namespace
}  // namespace bytepiece
