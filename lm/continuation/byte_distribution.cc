// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/byte_distribution.h"

#include <cmath>
#include <numeric>

namespace bytepiece::lm {

double Normalize(ByteDistribution* distribution) {
  const double sum = std::accumulate(distribution->begin(), distribution->end(), 0.0);
  if (sum > 0) {
    for (double& p : *distribution) p /= sum;
  }
  return sum;
}

double TotalVariation(const ByteDistribution& a, const ByteDistribution& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / 2;
}

}  // namespace bytepiece::lm
