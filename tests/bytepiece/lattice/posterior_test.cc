// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/posterior.h"

#include <cmath>
#include <map>
#include <string>

#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

// What a posterior says, by the definition.
struct Expected {
  double log_z = 0;
  double entropy = 0;
  double tokens = 0;
  std::map<std::pair<std::size_t, std::size_t>, double> edges;
  std::map<std::size_t, double> boundaries;
};

std::vector<std::size_t> EndsOf(const Unigram& model, const Segmentation& segmentation) {
  std::vector<std::size_t> ends;
  for (const int piece : segmentation.pieces) {
    ends.push_back((ends.empty() ? 0 : ends.back()) + model.pieces()[piece].bytes.size());
  }
  return ends;
}

Expected ByEnumeration(const Unigram& model, const std::vector<Segmentation>& all, double alpha) {
  Expected expected;
  double z = 0;
  for (const Segmentation& s : all) z += std::exp(alpha * s.score);
  expected.log_z = std::log(z);
  for (const Segmentation& s : all) {
    const double p = std::exp(alpha * s.score) / z;
    if (p > 0) expected.entropy -= p * std::log(p);
    expected.tokens += p * static_cast<double>(s.pieces.size());
    expected.boundaries[0] += p;
    std::size_t begin = 0;
    for (const std::size_t end : EndsOf(model, s)) {
      expected.edges[{begin, end}] += p;
      expected.boundaries[end] += p;
      begin = end;
    }
  }
  return expected;
}

void CheckAgainstBruteForce(const Unigram& model, const std::string& text, double alpha) {
  CAPTURE(text, alpha);
  const std::vector<Segmentation> all = AllSegmentations(model.pieces(), text);
  Expected expected = ByEnumeration(model, all, alpha);
  const Lattice lattice(model.view(), text);
  const Posterior posterior(lattice, alpha);
  REQUIRE(posterior.log_z() == Approx(expected.log_z).margin(1e-12));
  REQUIRE(posterior.entropy() == Approx(expected.entropy).margin(1e-12));
  REQUIRE(posterior.expected_tokens() == Approx(expected.tokens).margin(1e-12));
  for (std::size_t i = 0; i < lattice.edges().size(); ++i) {
    const LatticeEdge& edge = lattice.edges()[i];
    const double p = expected.edges[{edge.begin, edge.end}];
    REQUIRE(posterior.edge_probabilities()[i] == Approx(p).margin(1e-12));
  }
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const double p = expected.boundaries[i];
    REQUIRE(posterior.boundary_probabilities()[i] == Approx(p).margin(1e-12));
  }
  for (const Segmentation& s : all) {
    const std::optional<LatticePath> path = lattice.FindPath(EndsOf(model, s));
    REQUIRE(path.has_value());
    const double log_p = alpha * s.score - expected.log_z;
    REQUIRE(posterior.LogProbability(*path) == Approx(log_p).margin(1e-11));
  }
}

TEST_CASE("all short strings agree with enumeration", "[posterior]") {
  const double alpha = GENERATE(0.0, 0.1, 1.0, 5.0);
  RandomText random(9);
  const Unigram model = RandomUnigram("ab", 7, false, &random);
  for (std::size_t length = 0; length <= 7; ++length) {
    for (std::size_t bits = 0; bits < std::size_t{1} << length; ++bits) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) text += (bits >> i) & 1 ? 'b' : 'a';
      CheckAgainstBruteForce(model, text, alpha);
    }
  }
}

TEST_CASE("random strings agree with enumeration", "[posterior]") {
  const double alpha = GENERATE(0.0, 0.1, 1.0, 5.0);
  const std::uint64_t seed = GENERATE(range(1, 11));
  CAPTURE(seed);
  RandomText random(seed);
  const Unigram model = RandomUnigram("abc", 12, seed % 2 == 0, &random);
  CheckAgainstBruteForce(model, random.Over("abc", 12), alpha);
}

// "a" n times with pieces a, aa of score s, t: Z is the n-th term of
// Z[n] = e^s Z[n-1] + e^t Z[n-2], which grows like the larger root of
// x^2 = e^s x + e^t. With s = t = -24 a probability underflows after 31 bytes.
TEST_CASE("long chunks neither underflow nor drift", "[posterior]") {
  const Unigram model({{"a", -24}, {"aa", -24}});
  const std::size_t n = 1000000;
  const Posterior posterior(Lattice(model.view(), std::string(n, 'a')), 1);
  // x = w (1 + sqrt(1 + 4 / w)) / 2 with w = e^-24; ln Z[n] = n ln x + ln c,
  // c = x / (2 x - w) the weight of that root in Z[0] = 1, Z[1] = w.
  const double w = std::exp(-24.0);
  const double x = w * (1 + std::sqrt(1 + 4 / w)) / 2;
  const double other = w - x;  // the smaller root: |other / x| ^ n vanishes slowly
  const double ratio = std::pow(-other / x, static_cast<double>(n + 1));
  const double expected = static_cast<double>(n) * std::log(x) + std::log(x / (x - other)) +
                          std::log1p(ratio);  // n is even: other^(n+1) < 0
  CHECK(posterior.log_z() == Approx(expected).epsilon(1e-10));
  CHECK(posterior.boundary_probabilities()[0] == Approx(1).epsilon(1e-9));
  double tokens = 0;
  for (const double p : posterior.boundary_probabilities()) tokens += p;
  CHECK(posterior.expected_tokens() == Approx(tokens - 1).epsilon(1e-9));
  CHECK(posterior.entropy() > 0);
}

TEST_CASE("a huge alpha leaves the best segmentation alone", "[posterior]") {
  const Unigram model({{"a", -1}, {"b", -1}, {"ab", -1.5}});
  const Lattice lattice(model.view(), "abab");
  const Posterior posterior(lattice, 1e12);
  CHECK(posterior.entropy() == 0);
  CHECK(posterior.expected_tokens() == 2);
  CHECK(posterior.LogProbability(lattice.BestPath()) == 0);
}

TEST_CASE("alpha 0 counts the segmentations", "[posterior]") {
  const Unigram model({{"a", -3}, {"aa", -5}});
  // Fibonacci numbers: 1, 2, 3, 5, 8, 13.
  const Posterior posterior(Lattice(model.view(), "aaaaaa"), 0);
  CHECK(posterior.log_z() == Approx(std::log(13)));
  CHECK(posterior.entropy() == Approx(std::log(13)));
}

}  // namespace
}  // namespace bytepiece
