// SPDX-License-Identifier: Apache-2.0
// Sums of probabilities of long texts, which no double holds, by their logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace bytepiece::lm {

inline constexpr double kLogZero = -std::numeric_limits<double>::infinity();

// ln(e^a + e^b).
inline double LogAdd(double a, double b) {
  const double larger = std::max(a, b);
  return larger == kLogZero ? kLogZero : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

}  // namespace bytepiece::lm
