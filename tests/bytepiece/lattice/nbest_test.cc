// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/nbest.h"

#include <algorithm>
#include <set>
#include <string>

#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

double ScoreOf(const Unigram& model, const std::vector<int>& pieces) {
  double score = 0;
  for (const int piece : pieces) score += model.pieces()[piece].score;
  return score;
}

// The order nbest.h promises, spelled out.
bool ComesBefore(const Unigram& model, std::vector<int> a, std::vector<int> b) {
  while (!a.empty() && !b.empty()) {
    const double score_a = ScoreOf(model, a);
    const double score_b = ScoreOf(model, b);
    if (score_a != score_b) return score_a > score_b;
    const std::size_t length_a = model.pieces()[a.back()].bytes.size();
    const std::size_t length_b = model.pieces()[b.back()].bytes.size();
    if (length_a != length_b) return length_a > length_b;
    a.pop_back();
    b.pop_back();
  }
  return false;
}

std::vector<Segmentation> Enumerate(const Unigram& model, const std::string& text) {
  const Lattice lattice(model.view(), text);
  NBest nbest(&lattice);
  std::vector<Segmentation> all;
  while (const std::optional<ScoredPath> path = nbest.Next()) {
    Segmentation found;
    for (const std::size_t edge : path->edges) {
      found.pieces.push_back(lattice.edges()[edge].value);
    }
    found.score = path->score;
    all.push_back(found);
  }
  CHECK_FALSE(nbest.Next().has_value());  // the end is the end
  return all;
}

void CheckAgainstBruteForce(const Unigram& model, const std::string& text) {
  CAPTURE(text);
  std::vector<Segmentation> expected = AllSegmentations(model.pieces(), text);
  std::sort(expected.begin(), expected.end(), [&](const Segmentation& a, const Segmentation& b) {
    return ComesBefore(model, a.pieces, b.pieces);
  });
  const std::vector<Segmentation> found = Enumerate(model, text);
  REQUIRE(found == expected);
  REQUIRE(found.front() == BestSegmentation(model.pieces(), text));
}

TEST_CASE("every segmentation of every short string, in order", "[nbest]") {
  const bool many_ties = GENERATE(false, true);
  CAPTURE(many_ties);
  RandomText random(3);
  const Unigram model = RandomUnigram("ab", 7, many_ties, &random);
  for (std::size_t length = 0; length <= 8; ++length) {
    for (std::size_t bits = 0; bits < std::size_t{1} << length; ++bits) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) text += (bits >> i) & 1 ? 'b' : 'a';
      CheckAgainstBruteForce(model, text);
    }
  }
}

TEST_CASE("every segmentation of random strings, in order", "[nbest]") {
  const std::uint64_t seed = GENERATE(range(1, 61));
  CAPTURE(seed);
  RandomText random(seed);
  const Unigram model = RandomUnigram("abc", 10, seed % 2 == 0, &random);
  CheckAgainstBruteForce(model, random.Over("abc", 11));
}

TEST_CASE("where everything ties, longer last pieces come first", "[nbest]") {
  const Unigram model({{"a", -1}, {"aa", -2}, {"aaa", -3}});
  std::vector<std::vector<int>> order;
  for (const Segmentation& s : Enumerate(model, "aaa")) order.push_back(s.pieces);
  CHECK(order == std::vector<std::vector<int>>{{2}, {0, 1}, {1, 0}, {0, 0, 0}});
}

TEST_CASE("a long chunk gives distinct paths, never a better one after a worse", "[nbest]") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  RandomText random(seed);
  const Unigram model = RandomUnigram("abcd", 30, false, &random);
  const std::string text = random.Over("abcd", 200000);
  const Lattice lattice(model.view(), text);
  NBest nbest(&lattice);
  double previous = lattice.best_scores().back();
  std::set<LatticePath> seen;
  for (int i = 0; i < 20; ++i) {
    const std::optional<ScoredPath> path = nbest.Next();
    REQUIRE(path.has_value());
    CHECK(path->score <= previous);
    CHECK(path->score == lattice.Score(path->edges));
    CHECK(seen.insert(path->edges).second);
    previous = path->score;
  }
}

}  // namespace
}  // namespace bytepiece
