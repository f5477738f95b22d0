// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/viterbi.h"

#include <string>

#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

void CheckAgainstBruteForce(const Unigram& model, const std::string& text) {
  CAPTURE(text);
  ViterbiScratch scratch;
  Segmentation found;
  found.score = Segment(model.view(), text, &scratch, &found.pieces);
  const Segmentation expected = BestSegmentation(model.pieces(), text);
  REQUIRE(found.pieces == expected.pieces);
  REQUIRE(found.score == expected.score);
}

// Every text of up to `max_length` letters.
void CheckAllTexts(const Unigram& model, const std::string& alphabet, std::size_t max_length,
                   const std::string& begun = "") {
  CheckAgainstBruteForce(model, begun);
  if (begun.size() == max_length) return;
  for (const char c : alphabet) CheckAllTexts(model, alphabet, max_length, begun + c);
}

TEST_CASE("every short text over a tiny alphabet is cut as the definition says") {
  const std::uint64_t seed = 9752;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 20; ++i) {
    const bool many_ties = i % 2 == 0;
    CAPTURE(i);
    CheckAllTexts(RandomUnigram("ab", 6, many_ties, &random), "ab", 7);
    CheckAllTexts(RandomUnigram("a\n\xFF", 8, many_ties, &random), "a\n\xFF", 4);
  }
}

TEST_CASE("on a tie the longest last piece wins") {
  const Unigram model({{"a", -1}, {"b", -1}, {"c", -1}, {"ab", -2}, {"bc", -2}, {"abc", -3}});
  ViterbiScratch scratch;
  std::vector<std::int32_t> values;
  CHECK(Segment(model.view(), "abc", &scratch, &values) == -3);
  CHECK(values == std::vector<std::int32_t>{5});
  Segment(model.view(), "abcb", &scratch, &values);
  CHECK(values == std::vector<std::int32_t>{5, 1});
  Segment(model.view(), "aabc", &scratch, &values);
  CHECK(values == std::vector<std::int32_t>{0, 5});
}

TEST_CASE("the empty chunk has the empty path") {
  const Unigram model({{"a", -1}});
  ViterbiScratch scratch;
  std::vector<std::int32_t> values = {7};
  CHECK(Segment(model.view(), "", &scratch, &values) == 0);
  CHECK(values.empty());
}

TEST_CASE("ids are appended, and a scratch serves chunks of any length in turn") {
  RandomText random(3);
  const Unigram model = RandomUnigram("ab", 5, false, &random);
  ViterbiScratch shared;
  std::vector<TokenId> ids = {-7};
  std::vector<TokenId> expected = {-7};
  for (const std::size_t length : {500, 1, 30, 2, 400}) {
    const std::string text = random.Over("ab", length);
    AppendSegmentation(model.view(), text, 3, &shared, &ids);
    ViterbiScratch own;
    std::vector<std::int32_t> values;
    Segment(model.view(), text, &own, &values);
    for (const std::int32_t value : values) expected.push_back(value + 3);
  }
  CHECK(ids == expected);
}

TEST_CASE("a piece of the greatest length is found") {
  RandomText random(4);
  const std::string longest = random.Over("ab", 65535);
  const Unigram model({{"a", -1}, {"b", -1}, {longest, -2}});
  ViterbiScratch scratch;
  std::vector<std::int32_t> values;
  CHECK(Segment(model.view(), "b" + longest + "a", &scratch, &values) == -4);
  CHECK(values == std::vector<std::int32_t>{1, 2, 0});
}

}  // namespace
}  // namespace bytepiece
