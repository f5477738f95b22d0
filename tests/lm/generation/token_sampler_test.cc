// SPDX-License-Identifier: Apache-2.0
#include "lm/generation/token_sampler.h"

#include <cmath>
#include <map>

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// <pad> and <bos> have the highest logits: they must never come.
torch::Tensor Logits() {
  return torch::tensor({50.0, 40.0, std::log(0.1), std::log(0.4), std::log(0.3), std::log(0.2)});
}

std::map<TokenId, double> Shares(const TokenSamplerOptions& options) {
  std::map<TokenId, double> shares;
  RandomStream random(5, 0, 0);
  const int draws = 20000;
  for (int i = 0; i < draws; ++i) shares[SampleToken(Logits(), options, &random)] += 1.0 / draws;
  return shares;
}

void CheckShares(const TokenSamplerOptions& options, const std::map<TokenId, double>& expected) {
  const std::map<TokenId, double> shares = Shares(options);
  CHECK(shares.size() == expected.size());
  // Five standard deviations of a share.
  for (const auto& [id, share] : expected) CHECK(shares.at(id) == Approx(share).margin(0.018));
}

TEST_CASE("tokens come as often as their probabilities say") {
  CheckShares({}, {{2, 0.1}, {3, 0.4}, {4, 0.3}, {5, 0.2}});
  CheckShares({.temperature = 0.5}, {{2, 1 / 30.0}, {3, 16 / 30.0}, {4, 9 / 30.0}, {5, 4 / 30.0}});
  CheckShares({.top_k = 2}, {{3, 4 / 7.0}, {4, 3 / 7.0}});
  CheckShares({.top_k = 100}, {{2, 0.1}, {3, 0.4}, {4, 0.3}, {5, 0.2}});
  CheckShares({.top_p = 0.65}, {{3, 4 / 7.0}, {4, 3 / 7.0}});
  CheckShares({.top_p = 0.75}, {{3, 4 / 9.0}, {4, 3 / 9.0}, {5, 2 / 9.0}});
  CheckShares({.top_k = 3, .top_p = 0.7}, {{3, 4 / 7.0}, {4, 3 / 7.0}});
  CheckShares({.top_p = 1e-9}, {{3, 1}});
  CheckShares({.temperature = 0}, {{3, 1}});
}

TEST_CASE("ties go to the smaller id; extreme temperatures are sound") {
  RandomStream random(1, 0, 0);
  CHECK(SampleToken(torch::zeros({6}), {.temperature = 0}, &random) == 2);
  CHECK(SampleToken(torch::zeros({6}), {.top_k = 1}, &random) == 2);
  CHECK(SampleToken(Logits(), {.temperature = 1e-300}, &random) == 3);
  const TokenId any = SampleToken(Logits(), {.temperature = 1e300}, &random);
  CHECK(any >= 2);
  CHECK(any < 6);
  CHECK(SampleToken(Logits().to(torch::kFloat), {.temperature = 0}, &random) == 3);
}

}  // namespace
}  // namespace bytepiece::lm
