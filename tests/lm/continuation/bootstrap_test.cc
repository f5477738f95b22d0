// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/bootstrap.h"

#include <cmath>
#include <vector>

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("the bootstrap covers the mean about as often as it says") {
  // 1, 2, ..., 20: the mean of 20 draws has a deviation of 5.77 / sqrt(20) = 1.29.
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) values.push_back(i);
  const Interval interval = BootstrapMean(values, 9, 4000);
  REQUIRE(interval.mean == 10.5);
  REQUIRE(std::abs(interval.low - (10.5 - 1.96 * 1.29)) < 0.15);
  REQUIRE(std::abs(interval.high - (10.5 + 1.96 * 1.29)) < 0.15);
  REQUIRE(BootstrapMean(values, 9, 4000).low == interval.low);
  REQUIRE(BootstrapMean({}, 9).mean == 0);
}

}  // namespace
}  // namespace bytepiece::lm
