// SPDX-License-Identifier: Apache-2.0
// The attention scale that maximises the gradient: Su, "The scale of attention from
// gradient maximisation" (kexue.fm/archives/9812).
//
// With p = softmax(a s) over n scores, half the L1 norm of dp/ds is a (1 - sum p^2). The
// source approximates sum p^2 by E[e^(2 a s)] / (n E[e^(a s)]^2) and maximises over a.
//
// That breaks where the moments, which are those of an infinite sample, are no longer those of
// a sample. The largest of n normal scores is near sqrt(2 ln n), and beyond
// a = sqrt(2 ln n) / 2 the second moment lives on scores that no sample has. The exact average
// (MonteCarloObjective) keeps rising there and goes over into a plateau near sqrt(2 ln n), as the
// random energy model has it; a* is where the rise begins to flatten rather than a peak.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace bytepiece::lm {

// a* for scores N(0, 1): a^2 + ln(1 + 2 a^2) = ln n. 0 for n = 1. Requires n >= 1.
double NormalScale(double n);

// a* for cosines of random directions in d dimensions (density (1 - s^2)^((d - 3) / 2)).
// 0 for n = 1. Requires n >= 1, d >= 2: in one dimension there is no best scale.
double CosineScale(double n, std::int64_t d);

// ln E[e^(a s)] of such cosines; a >= 0.
double LogCosineMoment(double a, std::int64_t d);

// The source's fits.
double NormalScaleFit(double n);  // 0.84 sqrt(ln n)
double CosineScaleFit(double n);  // 3.5 ln n, for d = 128

// The quantity that is maximised: a (1 - E[e^(2as)] / (n E[e^(as)]^2)); d = 0: normal scores.
double ApproximateObjective(double a, double n, std::int64_t d);

// The exact a (1 - sum p^2) at each of `scales`, averaged over `trials` samples of n
// scores: of N(0, 1) if d is 0, else of cosines in d dimensions. Errors: n < 2, d = 1, no
// trial.
absl::StatusOr<std::vector<double>> MonteCarloObjective(absl::Span<const double> scales,
                                                        std::int64_t n, std::int64_t d,
                                                        std::int64_t trials, std::uint64_t seed);

}  // namespace bytepiece::lm
