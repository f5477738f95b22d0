// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/branch_sum.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

TEST_CASE("the sum is that of all branches, and the first above a threshold is found") {
  RandomText random(41);
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    BranchSum sum;
    std::vector<double> weights(13, 0.0);  // by length; whole numbers: every order is exact
    double total = 0;
    double short_total = 0;
    for (std::size_t length = 1; length < weights.size(); ++length) {
      if (random.Below(3) == 0) continue;
      weights[length] = static_cast<double>(random.Below(4));
      sum.Add(length, weights[length]);
      total += weights[length];
      if (length <= BranchSum::kMaxShort) short_total += weights[length];
    }
    REQUIRE(sum.Total() == total);
    REQUIRE(sum.ShortTotal() == short_total);
    const double threshold = static_cast<double>(random.Below(24)) - 0.5;
    std::size_t expected = 0;
    double upto = 0;
    for (std::size_t length = 1; length <= BranchSum::kMaxShort && expected == 0; ++length) {
      upto += weights[length];
      if (weights[length] > 0 && upto > threshold) expected = length;
    }
    REQUIRE(sum.FirstAbove(threshold) == expected);
  }
}

TEST_CASE("no branch of weight 0 is drawn, whatever rounding does") {
  BranchSum sum;
  sum.Add(2, 0.1);
  sum.Add(3, 0);
  sum.Add(4, 0.2);
  CHECK(sum.FirstAbove(-1) == 2);
  CHECK(sum.FirstAbove(0.1) == 4);
  CHECK(sum.FirstAbove(0.4) == 0);
}

}  // namespace
}  // namespace bytepiece
