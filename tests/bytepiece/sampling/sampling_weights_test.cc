// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/sampling_weights.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("a weight is exp(alpha x score), plain and scaled") {
  const std::vector<double> scores = {0, -1, -2.5, -24, -700, 3};
  for (const double alpha : {0.0, 0.1, 1.0}) {
    const SamplingWeights weights(scores, alpha);
    for (std::int32_t i = 0; i < 6; ++i) {
      CAPTURE(alpha, i);
      const double expected = std::exp(alpha * scores[i]);
      CHECK(weights.Plain(i) == Approx(expected).epsilon(1e-12));
      CHECK(std::ldexp(weights[i].mantissa, static_cast<int>(weights[i].exponent)) ==
            Approx(expected).epsilon(1e-12));
      CHECK(weights[i].mantissa >= 0.5);
      CHECK(weights[i].mantissa < 1);
    }
  }
}

TEST_CASE("what a double cannot hold has an exponent") {
  const SamplingWeights weights({-1e4, -2e4, 1e4, -kInfinity}, 1);
  CHECK(weights.Plain(0) == 0);
  const ScaledWeight square = Product(weights[0], weights[0]);
  CHECK(square.exponent == weights[1].exponent);
  CHECK(square.mantissa == Approx(weights[1].mantissa).epsilon(1e-10));
  CHECK(weights.Plain(2) == kInfinity);
  const ScaledWeight one = Product(weights[0], weights[2]);
  CHECK(std::ldexp(one.mantissa, static_cast<int>(one.exponent)) == Approx(1).epsilon(1e-10));
  CHECK(weights.Plain(3) == 0);
  CHECK_FALSE(weights.are_normal());
  CHECK(SamplingWeights({-1, -700, -kInfinity}, 1).are_normal());
  CHECK_FALSE(SamplingWeights({-1, -709}, 1).are_normal());
  CHECK(weights[3].mantissa == 0);
}

TEST_CASE("the greatest alpha leaves exponents room for a block") {
  const SamplingWeights weights({-44}, kAlphaIsInfinite);
  CHECK(weights[0].exponent > -7'000'000'000'000);
}

TEST_CASE("units shift by powers of two") {
  CHECK(InUnitsOf({0.5, 3}, 0) == 4);
  CHECK(InUnitsOf({0.5, 3}, 3) == 0.5);
  CHECK(InUnitsOf({0.5, -2000}, 0) == 0);
  CHECK(InUnitsOf({0.5, 5000}, 0) == kInfinity);
  CHECK(InUnitsOf({}, 7) == 0);
}

}  // namespace
}  // namespace bytepiece
