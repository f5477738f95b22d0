// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/perfect_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "bytepiece/model/vocabulary.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/chi_square.h"
#include "tests/support/models.h"
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

// By hand (some 10 s and 1.5 GB): bytepiece_tests "[slow]"
TEST_CASE("100 MB of rare letters do not underflow", "[.][slow]") {
  CheckShareOfSingles(100 << 20, -24);
  CheckShareOfSingles(100 << 20, -45);
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

TEST_CASE("different documents and samples are independent") {
  // Pairs of paths drawn with neighbouring indices: were they not independent,
  // the pairs would not have the product of the probabilities.
  RandomText texts(2309);
  const Unigram model = RandomUnigram("ab", 5, false, &texts);
  const std::string text = "abaab";
  const SamplingWeights weights(model.view().scores, 0.2);
  SamplerScratch scratch;
  const auto draw = [&](std::uint64_t seed, std::uint64_t document, std::uint32_t sample) {
    RandomStream random(seed, document, sample);
    Path path;
    AppendPerfectSample(model.view(), weights, text, 0, &random, &scratch, &path);
    return path;
  };
  const std::map<Path, double> single = Posterior(model, text, 0.2);
  std::map<std::pair<Path, Path>, double> pairs;
  for (const auto& [a, p] : single) {
    for (const auto& [b, q] : single) pairs[{a, b}] = p * q;
  }
  const int n = 30000;
  std::map<std::pair<Path, Path>, int> documents, samples, seeds;
  for (int i = 0; i < n; ++i) {
    const auto even = static_cast<std::uint64_t>(2 * i);
    const auto sample = static_cast<std::uint32_t>(even);
    ++documents[{draw(7, even, 0), draw(7, even + 1, 0)}];
    ++samples[{draw(7, 3, sample), draw(7, 3, sample + 1)}];
    ++seeds[{draw(even, 3, 0), draw(even + 1, 3, 0)}];
  }
  CheckFits(documents, pairs, n);
  CheckFits(samples, pairs, n);
  CheckFits(seeds, pairs, n);
}

TEST_CASE("several samples at once are those drawn one by one") {
  RandomText texts(4);
  const Unigram model = RandomUnigram("abc", 20, false, &texts);
  for (const std::size_t length : {0, 1, 30, 200000}) {
    const std::string text = texts.Over("abc", length);
    for (const double alpha : {0.1, 1.0, 300.0}) {
      CAPTURE(length, alpha);
      const SamplingWeights weights(model.view().scores, alpha);
      SamplerScratch scratch;
      std::vector<RandomStream> randoms;
      for (std::uint32_t i = 0; i < 3; ++i) randoms.emplace_back(1, 2, i);
      std::vector<RandomStream> again = randoms;
      std::vector<Path> paths(3);
      AppendPerfectSamples(model.view(), weights, text, 0, absl::MakeSpan(randoms), &scratch,
                           absl::MakeSpan(paths));
      for (std::size_t i = 0; i < 3; ++i) {
        Path path;
        AppendPerfectSample(model.view(), weights, text, 0, &again[i], &scratch, &path);
        REQUIRE(path == paths[i]);
      }
    }
  }
}

TEST_CASE("a scanner's samples are the trie's") {
  const Vocabulary vocabulary = *Vocabulary::Create(MakeMixedModel());
  REQUIRE_FALSE(vocabulary.segmenter().scanner().empty());
  RandomText texts(12);
  std::vector<std::string> chunks = {"", "a", texts.Bytes(500), std::string(3000, 'a')};
  for (const std::size_t size : {100, 5000, 150000}) chunks.push_back(texts.ValidUtf8(size));
  // One chunk each: the scanner takes a text and cuts it.
  for (std::string& chunk : chunks) std::replace(chunk.begin(), chunk.end(), '\n', ' ');
  const WeightRows sets(vocabulary.segmenter().scanner());
  for (const double alpha : {0.0, 0.2, 1.0, 50.0, kAlphaIsInfinite}) {
    const SamplingWeights weights(vocabulary.segmenter().unigram().scores, alpha, &sets);
    SamplerScratch scratch;
    for (const std::string& chunk : chunks) {
      CAPTURE(alpha, chunk.size());
      std::vector<RandomStream> one = {RandomStream(1, 2, 3), RandomStream(1, 2, 4)};
      std::vector<RandomStream> other = one;
      std::vector<Path> by_trie(2), by_scanner(2);
      AppendPerfectSamples(vocabulary.segmenter().unigram(), weights, chunk, 3, absl::MakeSpan(one),
                           &scratch, absl::MakeSpan(by_trie));
      AppendPerfectSamples(vocabulary.segmenter().scanner(), weights, chunk, 3,
                           absl::MakeSpan(other), &scratch, absl::MakeSpan(by_scanner));
      REQUIRE(by_trie == by_scanner);
    }
  }
}

TEST_CASE("the empty chunk has the empty path whichever way") {
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    CHECK(Draw(ThreeWays(), "", method, 1, 3).begin()->first.empty());
  }
}

}  // namespace
}  // namespace bytepiece
