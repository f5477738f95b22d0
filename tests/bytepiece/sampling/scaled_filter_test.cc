// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/scaled_filter.h"

#include <string>

#include "bytepiece/sampling/perfect_sampler.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

using Path = std::vector<TokenId>;

// Compares every piece at every position, and leaves all arithmetic to the exact
// way.
class ExactEngine {
 public:
  ExactEngine(const Unigram& model, const SamplingWeights& weights, const std::string& chunk)
      : model_(model), weights_(weights), chunk_(chunk) {}

  const SamplingWeights& weights() const { return weights_; }
  void Load(std::size_t, std::size_t) {}

  template <typename Function>
  void ForEachMatch(std::size_t position, Function function) const {
    for (std::size_t length = 1; length <= model_.view().max_length; ++length) {
      for (std::size_t i = 0; i < model_.pieces().size(); ++i) {
        const std::string& bytes = model_.pieces()[i].bytes;
        if (bytes.size() != length || chunk_.compare(position, length, bytes) != 0) continue;
        if (!function(static_cast<std::int32_t>(i), length)) return;
      }
    }
  }

  std::size_t Advance(std::size_t from, FilterWindow*) const { return from; }

 private:
  const Unigram& model_;
  const SamplingWeights& weights_;
  const std::string& chunk_;
};

void CheckPlainAgainstExact(const Unigram& model, const std::string& text, double alpha) {
  CAPTURE(alpha, text.size());
  const SamplingWeights weights(model.view().scores, alpha);
  SamplerScratch scratch;
  RandomStream random(1, 2, 3);
  Path plain;
  AppendPerfectSample(model.view(), weights, text, 0, &random, &scratch, &plain);
  ExactEngine engine(model, weights, text);
  SamplerScratch other;
  std::vector<RandomStream> randoms = {RandomStream(1, 2, 3)};
  std::vector<Path> exact(1);
  ScaledFilter(&engine, text.size(), model.view().max_length, &other)
      .Sample(0, absl::MakeSpan(randoms), absl::MakeSpan(exact));
  // The totals agree to some 1e-15, so a draw would differ once in as many.
  REQUIRE(plain == exact[0]);
}

TEST_CASE("plain sums draw what exact ones draw") {
  RandomText texts(9811);
  const double alpha = GENERATE(0.0, 0.2, 1.0, 10.0, 100.0, 1e4, 1e9);
  for (int i = 0; i < 20; ++i) {
    const Unigram model = RandomUnigram("abc", 15, i % 2 == 0, &texts);
    CheckPlainAgainstExact(model, texts.Over("abc", static_cast<std::size_t>(i * 40)), alpha);
  }
}

TEST_CASE("plain sums are exact where weights differ by more than a double holds") {
  // From one letter to the next a total changes by up to 2^700; long pieces reach
  // over many such letters; some weights are above 1, some underflow.
  RandomText texts(36);
  const Unigram model({{"a", -24},
                       {"b", -500},
                       {"c", 480},
                       {"abc", -1},
                       {"bbbb", -300},
                       {"cab", 300},
                       {"bbbbbbbbbbbbbbbbbbbb", -10},
                       {"aa", -800},
                       {"ca", 5}});
  for (const double alpha : {0.5, 1.0, 2.0}) {
    for (std::size_t length : {10, 100, 3000}) {
      CheckPlainAgainstExact(model, texts.Over("abc", length), alpha);
      CheckPlainAgainstExact(model, texts.Over("bbbbbbbbac", length), alpha);
      CheckPlainAgainstExact(model, std::string(length, 'b'), alpha);
    }
  }
}

TEST_CASE("blocks do not show, whatever the exponents") {
  RandomText texts(5);
  const Unigram model = RandomUnigram("abc", 15, false, &texts);
  for (const double alpha : {0.2, 30.0, kAlphaIsInfinite}) {
    CheckPlainAgainstExact(model, texts.Over("abc", 150000), alpha);
  }
}

}  // namespace
}  // namespace bytepiece
