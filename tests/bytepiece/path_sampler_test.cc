// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/path_sampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

using Path = std::vector<TokenId>;

// Draws `n` paths; counts each.
std::map<Path, int> Draw(const Unigram& model, const std::string& text, SamplingMethod method,
                         double alpha, int n) {
  std::map<Path, int> counts;
  const SamplingWeights weights(model.view().scores, alpha);
  SamplerScratch sampler;
  ViterbiScratch viterbi;
  RandomStream random(9811, 0, 0);
  for (int i = 0; i < n; ++i) {
    Path path;
    if (method == SamplingMethod::kPerfect) {
      AppendPerfectSample(model.view(), weights, text, 0, &random, &sampler, &path);
    } else {
      AppendViterbiSample(model.view(), alpha, text, 0, &random, &viterbi, &path);
    }
    ++counts[path];
  }
  return counts;
}

// Requires the counts to fit the probabilities: Pearson's statistic below its
// mean by five and a half standard deviations and a bit, which a right sampler
// exceeds less than once in a million. Paths expected less than five times are
// put together.
void CheckFits(const std::map<Path, int>& counts, const std::map<Path, double>& probabilities,
               int n) {
  double statistic = 0;
  int cells = 0;
  double rare_expected = 0;
  double rare_found = 0;
  int found_in_all = 0;
  for (const auto& [path, probability] : probabilities) {
    const auto count = counts.find(path);
    const int found = count == counts.end() ? 0 : count->second;
    found_in_all += found;
    const double expected = n * probability;
    if (expected < 5) {
      rare_expected += expected;
      rare_found += found;
      continue;
    }
    statistic += (found - expected) * (found - expected) / expected;
    ++cells;
  }
  REQUIRE(found_in_all == n);  // nothing but segmentations of the text
  if (rare_expected >= 5) {
    statistic += (rare_found - rare_expected) * (rare_found - rare_expected) / rare_expected;
    ++cells;
  } else {
    REQUIRE(rare_found < 30);
  }
  if (cells < 2) return;
  const double freedom = cells - 1;
  CAPTURE(statistic, freedom);
  REQUIRE(statistic < freedom + 5.5 * std::sqrt(2 * freedom) + 12);
}

std::map<Path, double> Posterior(const Unigram& model, const std::string& text, double alpha) {
  std::map<Path, double> weights;
  double z = 0;
  for (const Segmentation& s : AllSegmentations(model.pieces(), text)) {
    z += weights[Path(s.pieces.begin(), s.pieces.end())] = std::exp(alpha * s.score);
  }
  for (auto& [path, weight] : weights) weight /= z;
  return weights;
}

// Three segmentations of "abc", equally good, met in the order abc, a|bc, ab|c.
Unigram ThreeWays() { return Unigram({{"abc", -3}, {"a", -1}, {"bc", -2}, {"ab", -2}, {"c", -1}}); }

TEST_CASE("perfect sampling follows exp(alpha x score)") {
  const int n = 20000;
  RandomText random(1804);
  for (const double alpha : {0.0, 0.1, 0.5, 1.0, 5.0}) {
    for (int i = 0; i < 6; ++i) {
      const Unigram model = RandomUnigram("ab", 6, i % 2 == 0, &random);
      const std::string text = random.Over("ab", 3 + i);
      CAPTURE(alpha, i, text);
      CheckFits(Draw(model, text, SamplingMethod::kPerfect, alpha, n),
                Posterior(model, text, alpha), n);
    }
  }
}

TEST_CASE("three equally good ways: a third each, or a quarter, a quarter, a half") {
  const int n = 60000;
  const Path whole = {0}, first = {1, 2}, last = {3, 4};
  for (const double alpha : {0.0, 0.5, 1.0, 100.0}) {
    CAPTURE(alpha);
    CheckFits(Draw(ThreeWays(), "abc", SamplingMethod::kPerfect, alpha, n),
              {{whole, 1.0 / 3}, {first, 1.0 / 3}, {last, 1.0 / 3}}, n);
    CheckFits(Draw(ThreeWays(), "abc", SamplingMethod::kViterbi, alpha, n),
              {{whole, 0.25}, {first, 0.25}, {last, 0.5}}, n);
  }
}

// Viterbi sampling as specified, by recursion over every outcome: an end keeps
// the first candidate, a later one replaces it with probability sigmoid.
TEST_CASE("Viterbi sampling accepts with the sigmoid of the difference") {
  // "ab" as a|b, score -3, after ab, score s: P(a|b) = 1 / (1 + exp(alpha (s + 3))).
  const int n = 40000;
  for (const double alpha : {0.1, 1.0, 5.0}) {
    for (const double s : {-5.0, -3.5, -2.9}) {
      CAPTURE(alpha, s);
      const Unigram model({{"a", -1}, {"b", -2}, {"ab", s}});
      const double apart = 1 / (1 + std::exp(alpha * (s + 3)));
      CheckFits(Draw(model, "ab", SamplingMethod::kViterbi, alpha, n),
                {{Path{0, 1}, apart}, {Path{2}, 1 - apart}}, n);
    }
  }
}

TEST_CASE("with a great alpha the best path is drawn") {
  RandomText random(5);
  for (int i = 0; i < 50; ++i) {
    const Unigram model = RandomUnigram("ab", 6, false, &random);
    const std::string text = random.Over("ab", 40);
    ViterbiScratch scratch;
    Path best;
    const double best_score = AppendSegmentation(model.view(), text, 0, &scratch, &best);
    for (const double alpha : {1e7, kAlphaIsInfinite}) {
      CAPTURE(i, alpha);
      for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
        // Or another as good: the same pieces in another order.
        for (const auto& [path, count] : Draw(model, text, method, alpha, 5)) {
          double score = 0;
          for (const TokenId id : path) score += model.pieces()[id].score;
          REQUIRE(score == Approx(best_score).epsilon(1e-12));
        }
      }
    }
  }
}

TEST_CASE("a piece of score -infinity is never drawn") {
  const double never = -std::numeric_limits<double>::infinity();
  const Unigram model({{"a", -1}, {"aa", never}, {"aaa", -2}});
  for (const double alpha : {0.0, 1.0, 1e6}) {
    for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
      for (const auto& [path, count] : Draw(model, "aaaaaa", method, alpha, 1000)) {
        for (const TokenId id : path) REQUIRE(id != 1);
      }
    }
  }
}

// The number of single letters in uniform samples of a^n over {a, aa}: of the
// Fibonacci number F(n + 1) of tilings, a tile starts where it likes; per letter
// there are phi^-1 and phi^-2 of the two kinds, of tiles in proportion phi : 1.
void CheckShareOfSingles(std::size_t length, double score) {
  const Unigram model({{"a", score}, {"aa", 2 * score}});
  const SamplingWeights weights(model.view().scores, 1);
  SamplerScratch scratch;
  RandomStream random(1, 2, 3);
  Path path;
  AppendPerfectSample(model.view(), weights, std::string(length, 'a'), 0, &random, &scratch, &path);
  double singles = 0;
  for (const TokenId id : path) singles += id == 0;
  const double pairs = static_cast<double>(path.size()) - singles;
  REQUIRE(singles + 2 * pairs == static_cast<double>(length));
  const double phi = (1 + std::sqrt(5)) / 2;
  CHECK(singles / static_cast<double>(path.size()) ==
        Approx(1 / phi).margin(4 / std::sqrt(static_cast<double>(length))));
}

TEST_CASE("long chunks of rare or common letters neither underflow nor overflow") {
  CheckShareOfSingles(4 << 20, -24);
  CheckShareOfSingles(4 << 20, -700);
  CheckShareOfSingles(4 << 20, 0);
}

TEST_CASE("the blocks of a long chunk do not show") {
  // Pieces so long that every cut lies in one; there is one good path.
  RandomText letters(6);
  const std::string longest = letters.Over("ab", 50000);
  const Unigram model({{"x", -3}, {longest, -2}, {"xy", -1}, {"y", -3}});
  const SamplingWeights weights(model.view().scores, 10);
  SamplerScratch scratch;
  RandomStream random(1, 2, 3);
  std::string text;
  Path expected;
  for (int i = 0; i < 20; ++i) {
    text += longest + "xyx";
    expected.insert(expected.end(), {1, 2, 0});
  }
  Path path;
  AppendPerfectSample(model.view(), weights, text, 0, &random, &scratch, &path);
  CHECK(path == expected);
  CHECK(scratch.checkpoints.size() * sizeof(ScaledWeight) < 3 * text.size());
}

TEST_CASE("the empty chunk has the empty path whichever way") {
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    CHECK(Draw(ThreeWays(), "", method, 1, 3).begin()->first.empty());
  }
}

}  // namespace
}  // namespace bytepiece
