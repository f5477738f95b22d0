// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/special_tokens.h"

#include <algorithm>
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
constexpr SpecialTokenRule kAllow = {SpecialTokenPolicy::kAllow};

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
  const SpecialTokens::Match first = *tokens.Find("xx<a>b<a", 0, kAllow);
  CHECK(first.begin == 2);
  CHECK(first.end == 5);
  CHECK(first.id == kFirst + 1);
  const SpecialTokens::Match inside = *tokens.Find("xx<a>b<a", 3, kAllow);
  CHECK(inside.begin == 3);
  CHECK(inside.id == kFirst + 2);
  const SpecialTokens::Match last = *tokens.Find("xx<a>b<a", 5, kAllow);
  CHECK(last.begin == 6);
  CHECK(last.end == 8);
  CHECK_FALSE(tokens.Find("xx<a>b<a", 8, kAllow));
  CHECK_FALSE(tokens.Find("<reserved_0>", 0, kAllow));
  CHECK_FALSE(tokens.Find("", 0, kAllow));
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
    const std::optional<SpecialTokens::Match> found = tokens.Find(text, from, kAllow);
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
    const SpecialTokens::Cut cut = tokens.NextCut(start, 0, /*is_last=*/false, kAllow);
    CHECK(cut.run_end == 0);
    CHECK_FALSE(cut.token);
    CHECK(tokens.NextCut(start, 0, /*is_last=*/true, kAllow).token ==
          tokens.Find(start, 0, kAllow));
  }
  for (const char* none : {"<|a|>!", "<pad>", "<x", "|a|>", "a", "<|a|>?", "zz"}) {
    const SpecialTokens::Cut cut = tokens.NextCut(none, 0, /*is_last=*/false, kAllow);
    CHECK((cut.token || cut.run_end == std::string_view(none).size()));
  }
  const SpecialTokens::Cut cut = tokens.NextCut("a<|a|>b<|a|>", 3, /*is_last=*/false, kAllow);
  CHECK(cut.run_end == 7);  // what may be "<|a|>!"
  CHECK_FALSE(cut.token);
  CHECK(tokens.max_length() == 6);
}

TEST_CASE("where some tokens are allowed, the others are as if there were none") {
  const std::vector<std::string> texts = {"a", "ab", "abc", "bc", "b", "ca"};
  std::vector<SpecialToken> given;
  for (const std::string& text : texts) given.push_back({text});
  const SpecialTokens tokens = MakeTokens(given);
  const std::uint64_t seed = 8;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 3000; ++i) {
    std::vector<TokenId> allowed;
    std::vector<std::string> allowed_texts = texts;
    for (std::size_t t = 0; t < texts.size(); ++t) {
      if (random.Below(2) == 0) {
        allowed.push_back(kFirst + static_cast<TokenId>(t));
      } else {
        allowed_texts[t] = "x";  // not in the text
      }
    }
    const std::string text = random.Over("abc", random.Below(12));
    const std::size_t from = text.empty() ? 0 : random.Below(text.size());
    CAPTURE(text, from, allowed);
    const SpecialTokenRule rule = {SpecialTokenPolicy::kPlainText, allowed};
    REQUIRE(tokens.Find(text, from, rule) == FindNaively(allowed_texts, text, from));
    // Where the others are forbidden, the first of all decides.
    const auto any = tokens.Find(text, from, kAllow);
    const auto judged = tokens.Find(text, from, {SpecialTokenPolicy::kForbid, allowed});
    REQUIRE(judged.has_value() == any.has_value());
    if (!any) continue;
    REQUIRE(judged->id == any->id);
    REQUIRE(judged->is_forbidden == (std::count(allowed.begin(), allowed.end(), any->id) == 0));
  }
}

TEST_CASE("no text becomes a control token, and yet it may be forbidden") {
  const SpecialTokens tokens = MakeTokens({{"<e"}, {"os>"}, {"<eos>!"}});
  const std::vector<TokenId> ids = {kPadId, kBosId, kEosId};
  CHECK_FALSE(tokens.Find("<pad><bos>", 0, {SpecialTokenPolicy::kPlainText, ids}));
  CHECK_FALSE(tokens.Find("<pad>", 0, kAllow));
  // What stands in its name is found all the same.
  CHECK(tokens.Find("<eos>", 0, kAllow)->id == kFirst);
  CHECK(tokens.Find("<eos>", 1, kAllow)->id == kFirst + 1);
  CHECK(tokens.Find("<eos>!", 0, kAllow)->id == kFirst + 2);
  const auto forbidden = tokens.Find("a<pad>", 0, {SpecialTokenPolicy::kForbid, ids});
  REQUIRE(forbidden);
  CHECK(forbidden->is_forbidden);
  CHECK(forbidden->id == kPadId);
}

TEST_CASE("thousands of special tokens can be searched") {
  std::vector<SpecialToken> given;
  for (int i = 0; i < 5000; ++i) given.push_back({"<|token " + std::to_string(i) + "|>"});
  const SpecialTokens tokens = MakeTokens(given);
  for (const int i : {0, 7, 70, 4999}) {
    CHECK(tokens.Find("some text " + given[i].text, 0, kAllow)->id == kFirst + i);
  }
  CHECK_FALSE(tokens.Find("<|token 5000|>", 0, kAllow));
}

}  // namespace
}  // namespace bytepiece
