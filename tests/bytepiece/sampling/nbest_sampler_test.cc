// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/nbest_sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/nbest.h"
#include "tests/support/catch.h"
#include "tests/support/chi_square.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

using Path = std::vector<TokenId>;

TEST_CASE("one of the n best is drawn, in proportion to exp(alpha x score)") {
  RandomText texts(1804);
  const Unigram model = RandomUnigram("ab", 6, false, &texts);
  const std::string text = texts.Over("ab", 8);
  // Which are the n best, ties included, is NBest's to say (nbest_test.cc).
  const Lattice lattice(model.view(), text);
  NBest nbest(&lattice);
  std::vector<std::pair<Path, double>> all;
  while (const std::optional<ScoredPath> path = nbest.Next()) {
    Path& values = all.emplace_back(Path(), path->score).first;
    for (const std::size_t edge : path->edges) values.push_back(lattice.edges()[edge].value);
  }
  REQUIRE(all.size() > 8);
  for (const double alpha : {0.0, 0.5, 5.0}) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{5}, all.size() + 10}) {
      CAPTURE(alpha, n);
      std::map<Path, double> probabilities;
      double sum = 0;
      for (std::size_t i = 0; i < std::min(n, all.size()); ++i) {
        sum += probabilities[all[i].first] = std::exp(alpha * all[i].second);
      }
      for (auto& [path, probability] : probabilities) probability /= sum;
      const NBestSampler sampler(model.view(), text, n, alpha);
      RandomStream random(1, 2, 3);
      std::map<Path, int> counts;
      for (int i = 0; i < 20000; ++i) {
        Path path;
        sampler.AppendSample(0, &random, &path);
        ++counts[path];
      }
      CheckFits(counts, probabilities, 20000);
    }
  }
}

TEST_CASE("ids are offset values, appended; extreme alphas are safe") {
  const Unigram model({{"a", -1}, {"b", -1}, {"ab", -1.5}});
  RandomStream random(1, 2, 3);
  for (const double alpha : {1e6, 1e300}) {
    std::vector<TokenId> ids = {7};
    NBestSampler(model.view(), "ab", 2, alpha).AppendSample(3, &random, &ids);
    CHECK(ids == std::vector<TokenId>{7, 5});
  }
  std::vector<TokenId> none;
  NBestSampler(model.view(), "", 4, 1).AppendSample(3, &random, &none);
  CHECK(none.empty());
}

}  // namespace
}  // namespace bytepiece
