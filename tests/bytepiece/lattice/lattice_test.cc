// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/lattice.h"

#include <limits>
#include <string>

#include "bytepiece/segmentation/viterbi.h"
#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

std::vector<std::int32_t> ValuesOf(const Lattice& lattice, const LatticePath& path) {
  std::vector<std::int32_t> values;
  for (const std::size_t edge : path) values.push_back(lattice.edges()[edge].value);
  return values;
}

TEST_CASE("the edges are the occurrences of pieces, by end, longest first", "[lattice]") {
  const Unigram model({{"a", -1}, {"b", -2}, {"ab", -2.5}, {"aba", -7}});
  const Lattice lattice(model.view(), "abab");
  const std::vector<LatticeEdge> expected = {
      {0, 1, -1, 0}, {0, 2, -2.5, 2}, {1, 2, -2, 1}, {0, 3, -7, 3},
      {2, 3, -1, 0}, {2, 4, -2.5, 2}, {3, 4, -2, 1},
  };
  CHECK(std::vector<LatticeEdge>(lattice.edges().begin(), lattice.edges().end()) == expected);
  CHECK(lattice.size() == 4);
  CHECK(lattice.first_edge(0) == 0);
  CHECK(lattice.first_edge(1) == 0);
  CHECK(lattice.first_edge(3) == 3);
  CHECK(lattice.first_edge(5) == 7);
  const absl::Span<const double> best = lattice.best_scores();
  CHECK(std::vector<double>(best.begin(), best.end()) ==
        std::vector<double>{0, -1, -2.5, -3.5, -5});
}

TEST_CASE("a piece with score -infinity is no edge", "[lattice]") {
  const Unigram model({{"a", -1}, {"aa", -std::numeric_limits<double>::infinity()}});
  CHECK(Lattice(model.view(), "aaa").edges().size() == 3);
}

TEST_CASE("an empty chunk has one segmentation, the empty one", "[lattice]") {
  const Unigram model({{"a", -1}});
  const Lattice lattice(model.view(), "");
  CHECK(lattice.size() == 0);
  CHECK(lattice.BestPath().empty());
  CHECK(lattice.FindPath({}).has_value());
}

TEST_CASE("the best path and score are Segment's, to the last bit", "[lattice]") {
  const std::uint64_t seed = GENERATE(range(1, 41));
  CAPTURE(seed);
  RandomText random(seed);
  const Unigram model = RandomUnigram("abc", 12, seed % 2 == 0, &random);
  const std::string text = random.Over("abc", 300);
  ViterbiScratch scratch;
  std::vector<std::int32_t> values;
  const double score = Segment(model.view(), text, &scratch, &values);
  const Lattice lattice(model.view(), text);
  CHECK(ValuesOf(lattice, lattice.BestPath()) == values);
  CHECK(lattice.best_scores().back() == score);
  CHECK(lattice.Score(lattice.BestPath()) == score);
}

TEST_CASE("a path is found by its boundaries exactly if it is a segmentation", "[lattice]") {
  RandomText random(5);
  const Unigram model = RandomUnigram("ab", 6, false, &random);
  const std::string text = random.Over("ab", 9);
  const Lattice lattice(model.view(), text);
  std::size_t found = 0;
  for (std::size_t cuts = 0; cuts < std::size_t{1} << (text.size() - 1); ++cuts) {
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i < text.size(); ++i) {
      if ((cuts >> (i - 1)) & 1) ends.push_back(i);
    }
    ends.push_back(text.size());
    const std::optional<LatticePath> path = lattice.FindPath(ends);
    if (!path) continue;
    ++found;
    REQUIRE(path->size() == ends.size());
    for (std::size_t i = 0; i < ends.size(); ++i) {
      REQUIRE(lattice.edges()[(*path)[i]].end == ends[i]);
    }
  }
  CHECK(found == AllSegmentations(model.pieces(), text).size());
  CHECK_FALSE(lattice.FindPath({}).has_value());
  CHECK_FALSE(lattice.FindPath({text.size() + 1}).has_value());
  CHECK_FALSE(lattice.FindPath({0, text.size()}).has_value());
}

}  // namespace
}  // namespace bytepiece
