// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/distinct_sampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/chi_square.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

// One chunk with few segmentations, and all of them.
struct Small {
  Small(const Unigram& model, const std::string& text, double alpha)
      : lattice(model.view(), text), posterior(lattice, alpha) {
    for (const Segmentation& s : AllSegmentations(model.pieces(), text)) {
      std::vector<std::size_t> ends;
      for (const int piece : s.pieces) {
        ends.push_back((ends.empty() ? 0 : ends.back()) + model.pieces()[piece].bytes.size());
      }
      const LatticePath path = *lattice.FindPath(ends);
      probabilities[path] = std::exp(posterior.LogProbability(path));
    }
  }

  Lattice lattice;
  Posterior posterior;
  std::map<LatticePath, double> probabilities;
};

DistinctSampler Start(const Small& small, int i) {
  return DistinctSampler(&small.lattice, &small.posterior,
                         RandomStream(1903, static_cast<std::uint64_t>(i), 0));
}

// Of "abcd" there are eight segmentations: every cut is free.
Unigram Pieces() {
  return Unigram({{"a", -1.1},
                  {"b", -1.9},
                  {"c", -1.3},
                  {"d", -1.7},
                  {"ab", -2.2},
                  {"bc", -3.4},
                  {"cd", -2.1},
                  {"abc", -3.0},
                  {"bcd", -4.4},
                  {"abcd", -5.2}});
}

TEST_CASE("the first follows the distribution, and so on without replacement") {
  const double alpha = GENERATE(0.0, 0.5, 1.0, 2.0);
  CAPTURE(alpha);
  const Small small(Pieces(), "abcd", alpha);
  REQUIRE(small.probabilities.size() == 8);
  std::map<std::vector<LatticePath>, double> ordered;
  std::map<std::set<LatticePath>, double> sets;
  for (const auto& [a, p] : small.probabilities) {
    for (const auto& [b, q] : small.probabilities) {
      if (b == a) continue;
      for (const auto& [c, r] : small.probabilities) {
        if (c == a || c == b) continue;
        const double probability = p * q / (1 - p) * r / (1 - p - q);
        ordered[{a, b, c}] = probability;
        sets[{a, b, c}] += probability;
      }
    }
  }
  const int n = 40000;
  std::map<LatticePath, int> first;
  std::map<std::vector<LatticePath>, int> in_order;
  std::map<std::set<LatticePath>, int> unordered;
  for (int i = 0; i < n; ++i) {
    DistinctSampler sampler = Start(small, i);
    std::vector<LatticePath> paths;
    for (int k = 0; k < 3; ++k) paths.push_back(sampler.Next()->edges);
    ++first[paths[0]];
    ++in_order[paths];
    ++unordered[std::set<LatticePath>(paths.begin(), paths.end())];
  }
  CheckFits(first, small.probabilities, n);
  CheckFits(in_order, ordered, n);
  CheckFits(unordered, sets, n);
}

TEST_CASE("all are given, once each, by falling perturbed log probability") {
  RandomText texts(7);
  for (int i = 0; i < 30; ++i) {
    const Unigram model = RandomUnigram("ab", 6, i % 2 == 0, &texts);
    const Small small(model, texts.Over("ab", 9), 0.1 * i);
    DistinctSampler sampler = Start(small, i);
    std::set<LatticePath> seen;
    double previous = std::numeric_limits<double>::infinity();
    double threshold = sampler.threshold();
    while (const std::optional<DistinctSample> sample = sampler.Next()) {
      REQUIRE(seen.insert(sample->edges).second);
      REQUIRE(sample->perturbed <= previous);
      REQUIRE(sample->perturbed == threshold);
      REQUIRE(sample->log_probability ==
              Approx(std::log(small.probabilities.at(sample->edges))).margin(1e-9));
      previous = sample->perturbed;
      threshold = sampler.threshold();
    }
    REQUIRE(seen.size() == small.probabilities.size());
    REQUIRE(threshold == -std::numeric_limits<double>::infinity());
    REQUIRE_FALSE(sampler.Next().has_value());
  }
}

// By the definition: the largest of independent Gumbels is a Gumbel around the
// logarithm of the sum, here of 1; so exp(-largest) is standard exponential.
TEST_CASE("the largest perturbed log probability is standard Gumbel") {
  const Small small(Pieces(), "abcd", 1);
  const int n = 20000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = std::exp(-Start(small, i).Next()->perturbed);
    sum += x;
    squares += x * x;
  }
  CHECK(sum / n == Approx(1).margin(6 / std::sqrt(n)));
  CHECK(squares / n == Approx(2).margin(6 * std::sqrt(20.0 / n)));
}

TEST_CASE("weights give unbiased estimates") {
  const double alpha = GENERATE(0.2, 1.0);
  const Small small(Pieces(), "abcd", alpha);
  const int n = 40000;
  // Of the number of tokens, and of 1.
  double tokens = 0, tokens_squared = 0, one = 0, one_squared = 0;
  for (int i = 0; i < n; ++i) {
    DistinctSampler sampler = Start(small, i);
    std::vector<DistinctSample> samples;
    for (int k = 0; k < 3; ++k) samples.push_back(*sampler.Next());
    double token_estimate = 0, one_estimate = 0;
    for (const DistinctSample& sample : samples) {
      const double weight = std::exp(sample.log_probability) /
                            InclusionProbability(sample.log_probability, sampler.threshold());
      token_estimate += weight * static_cast<double>(sample.edges.size());
      one_estimate += weight;
    }
    tokens += token_estimate;
    tokens_squared += token_estimate * token_estimate;
    one += one_estimate;
    one_squared += one_estimate * one_estimate;
  }
  const auto error = [](double sum, double squares) {
    return std::sqrt((squares / n - sum / n * (sum / n)) / n);
  };
  CAPTURE(alpha, error(tokens, tokens_squared), error(one, one_squared));
  CHECK(tokens / n ==
        Approx(small.posterior.expected_tokens()).margin(5 * error(tokens, tokens_squared)));
  CHECK(one / n == Approx(1).margin(5 * error(one, one_squared)));
  CHECK(error(tokens, tokens_squared) < 0.02);  // else this says nothing
}

TEST_CASE("with everything taken the weights are the probabilities") {
  CHECK(InclusionProbability(-3, -std::numeric_limits<double>::infinity()) == 1);
  CHECK(InclusionProbability(-50, 0) == Approx(std::exp(-50.0)));
  CHECK(InclusionProbability(0, -2) == Approx(1 - std::exp(-std::exp(2.0))));
}

TEST_CASE("a long chunk gives distinct segmentations, extreme alphas too") {
  RandomText texts(8);
  const Unigram model = RandomUnigram("abc", 20, false, &texts);
  const Lattice lattice(model.view(), texts.Over("abc", 20000));
  for (const double alpha : {0.0, 1.0, 1e9}) {
    CAPTURE(alpha);
    const Posterior posterior(lattice, alpha);
    DistinctSampler sampler(&lattice, &posterior, RandomStream(1, 2, 3));
    std::set<LatticePath> seen;
    for (int k = 0; k < 5; ++k) {
      const std::optional<DistinctSample> sample = sampler.Next();
      REQUIRE(sample.has_value());
      CHECK(seen.insert(sample->edges).second);
      CHECK(std::isfinite(sample->perturbed));
      CHECK(sample->log_probability ==
            Approx(posterior.LogProbability(sample->edges)).epsilon(1e-9).margin(1e-6));
    }
  }
  const Lattice empty(model.view(), "");
  const Posterior posterior(empty, 1);
  DistinctSampler sampler(&empty, &posterior, RandomStream(1, 2, 3));
  CHECK(sampler.Next()->edges.empty());
  CHECK_FALSE(sampler.Next().has_value());
}

}  // namespace
}  // namespace bytepiece
