// SPDX-License-Identifier: Apache-2.0
// An interval that says how far a mean over a sample may be from that of all.
#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace bytepiece::lm {

struct Interval {
  double mean = 0;
  double low = 0;  // of 95 %
  double high = 0;
};

// The percentile bootstrap (Efron, 1979): `rounds` samples of the same size, drawn with
// replacement; the middle 95 % of their means. Zeros for no values.
Interval BootstrapMean(absl::Span<const double> values, std::uint64_t seed, int rounds = 1000);

}  // namespace bytepiece::lm
