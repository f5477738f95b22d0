// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/bootstrap.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "bytepiece/base/random.h"

namespace bytepiece::lm {

Interval BootstrapMean(absl::Span<const double> values, std::uint64_t seed, int rounds) {
  if (values.empty()) return {};
  const auto size = static_cast<double>(values.size());
  Interval interval;
  interval.mean = std::accumulate(values.begin(), values.end(), 0.0) / size;
  RandomStream random(seed, 0, 0);
  std::vector<double> means;
  for (int round = 0; round < rounds; ++round) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[static_cast<std::size_t>(random.NextDouble() * size)];
    }
    means.push_back(sum / size);
  }
  std::sort(means.begin(), means.end());
  const auto quantile = [&](double share) {
    return means[static_cast<std::size_t>(share * static_cast<double>(rounds - 1) + 0.5)];
  };
  interval.low = quantile(0.025);
  interval.high = quantile(0.975);
  return interval;
}

}  // namespace bytepiece::lm
