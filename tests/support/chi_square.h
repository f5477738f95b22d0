// SPDX-License-Identifier: Apache-2.0
// Tests whether counts fit probabilities.
#pragma once

#include <cmath>
#include <map>

#include "tests/support/catch.h"

namespace bytepiece {

// Requires the counts of `n` draws to fit the probabilities, by outcome: Pearson's
// statistic below its mean by five and a half standard deviations and a bit, which
// a right sampler exceeds less than once in a million. Outcomes expected less than
// five times are put together.
template <typename Outcome>
void CheckFits(const std::map<Outcome, int>& counts, const std::map<Outcome, double>& probabilities,
               int n) {
  double statistic = 0;
  int cells = 0;
  double rare_expected = 0;
  double rare_found = 0;
  int found_in_all = 0;
  for (const auto& [outcome, probability] : probabilities) {
    const auto count = counts.find(outcome);
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
  REQUIRE(found_in_all == n);  // nothing but what may be
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

}  // namespace bytepiece
