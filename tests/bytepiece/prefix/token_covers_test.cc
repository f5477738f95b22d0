// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/token_covers.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

constexpr std::string_view kLetters = "ab\n";
constexpr std::size_t kLongest = 4;

Model RandomModel(RandomText* random) {
  std::vector<Piece> pieces;
  for (std::size_t i = 1 + random->Below(14); i > 0; --i) {
    const std::string bytes = random->Over(kLetters, 2 + random->Below(kLongest - 1));
    bool known = false;
    for (const Piece& piece : pieces) known |= piece.bytes == bytes;
    if (!known) pieces.push_back({bytes, static_cast<std::int64_t>(1 + random->Below(4))});
  }
  return MakeModel(pieces);
}

using Covers = std::set<std::vector<TokenId>>;

// The definition: encodes every text that goes on by one to kLongest letters.
Covers BruteForce(const Tokenizer& tokenizer, const std::string& text, std::string_view letters) {
  Covers covers;
  std::vector<std::string> longer = {text};
  for (std::size_t i = 0; i < longer.size(); ++i) {
    if (longer[i].size() == text.size() + kLongest) continue;
    for (const char letter : letters) {
      longer.push_back(longer[i] + letter);
      std::vector<TokenId> cover;
      std::size_t size = 0;
      for (const TokenId id : tokenizer.Encode(longer.back())) {
        if (size > text.size()) break;
        cover.push_back(id);
        size += tokenizer.vocabulary().PieceBytes(id).size();
      }
      covers.insert(cover);
    }
  }
  return covers;
}

Covers All(const TokenCovers& found, const Vocabulary& vocabulary) {
  Covers covers;
  for (const CoverGroup& group : found.groups) {
    for (const TokenId id : group.last) {
      // The models have all bytes as pieces; the brute force knows three of them.
      const std::string_view bytes = vocabulary.PieceBytes(id);
      if (bytes.find_first_not_of(kLetters) != std::string_view::npos) continue;
      std::vector<TokenId> cover = found.settled;
      cover.insert(cover.end(), group.tokens.begin(), group.tokens.end());
      cover.push_back(id);
      REQUIRE(covers.insert(cover).second);
    }
  }
  return covers;
}

TEST_CASE("the covers are what the encodings of all longer texts begin with") {
  RandomText random(2023);
  std::size_t many = 0;
  for (int i = 0; i < 250; ++i) {
    CAPTURE(i);
    const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(RandomModel(&random));
    REQUIRE(tokenizer.ok());
    const PrefixIndex index(&tokenizer->vocabulary());
    const std::string text = random.Over(i % 2 == 0 ? "ab\n" : "aab", random.Below(10));
    CAPTURE(text);
    PrefixPaths paths(&tokenizer->vocabulary());
    paths.Append(text);
    const TokenCovers covers = FindTokenCovers(index, /*unfinished_only=*/false, &paths);
    REQUIRE(paths.text() == text);
    const Covers expected = BruteForce(*tokenizer, text, kLetters);
    REQUIRE(All(covers, tokenizer->vocabulary()) == expected);
    many += covers.groups.size() > 2;

    // Settled is all that they have in common, short of the last token of each; and with
    // the text's own tokens. No piece has an x, which stands for all other bytes.
    std::vector<TokenId> common = tokenizer->Encode(text);
    for (std::vector<TokenId> cover : BruteForce(*tokenizer, text, "ab\nx")) {
      cover.pop_back();
      const auto limit = static_cast<std::ptrdiff_t>(std::min(common.size(), cover.size()));
      common.erase(std::mismatch(common.begin(), common.begin() + limit, cover.begin()).first,
                   common.end());
    }
    REQUIRE(covers.settled == common);
  }
  REQUIRE(many > 25);  // else the models are too plain to test anything
}

TEST_CASE("unfinished covers leave out the tokens that begin at the end") {
  const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(
      MakeModel({{"白云", 50}, {"白云机场", 40}, {"白云山", 30}, {"机场", 60}, {"去", 90}}));
  REQUIRE(tokenizer.ok());
  const PrefixIndex index(&tokenizer->vocabulary());
  PrefixPaths paths(&tokenizer->vocabulary());
  paths.Append("去白云");
  const TokenCovers covers = FindTokenCovers(index, /*unfinished_only=*/true, &paths);
  REQUIRE(covers.settled == tokenizer->Encode("去"));
  REQUIRE(covers.settled_bytes == 3);
  REQUIRE(covers.groups.size() == 1);
  REQUIRE(covers.groups[0].begin == 3);
  REQUIRE(covers.groups[0].tokens.empty());
  std::vector<TokenId> expected = tokenizer->Encode("白云山");
  const std::vector<TokenId> airport = tokenizer->Encode("白云机场");
  REQUIRE(expected.size() == 1);
  REQUIRE(airport.size() == 1);
  expected.push_back(airport[0]);  // 山 stands before 机
  REQUIRE(covers.groups[0].last == expected);

  paths.Append("去");
  REQUIRE(FindTokenCovers(index, /*unfinished_only=*/true, &paths).groups.empty());
}

TEST_CASE("what is settled may lie far back") {
  // The paths to an even and an odd number of a meet only where rounding decides that one
  // order of a, aa, aa... is better than another.
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeModel({{"a", 1}, {"aa", 1000}, {"ab", 1000}}));
  REQUIRE(tokenizer.ok());
  const PrefixIndex index(&tokenizer->vocabulary());
  PrefixPaths paths(&tokenizer->vocabulary());
  paths.Append("b" + std::string(99, 'a'));
  const TokenCovers covers = FindTokenCovers(index, /*unfinished_only=*/false, &paths);
  REQUIRE(covers.groups.size() == 2);
  REQUIRE(covers.groups[0].begin == 99);
  REQUIRE(covers.settled_bytes + 2 * kLongest < 99);
}

}  // namespace
}  // namespace bytepiece
