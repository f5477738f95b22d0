// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/sampling_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace bytepiece {
namespace {

constexpr double kAbsent = -std::numeric_limits<double>::infinity();

// Beyond this distance the smaller of two addends is below half a unit in the
// last place of any double.
constexpr std::int64_t kNegligible = 1100;

// ldexp(x, 2000) is infinite and ldexp(x, -2200) is 0 for x in [0.5, 1).
double Ldexp(double x, std::int64_t exponent) {
  return std::ldexp(x, static_cast<int>(std::clamp<std::int64_t>(exponent, -2200, 2000)));
}

}  // namespace

ScaledWeight Normalized(double mantissa, std::int64_t exponent) {
  if (!(mantissa > 0)) return {};
  int shift = 0;
  const double fraction = std::frexp(mantissa, &shift);
  return {fraction, exponent + shift};
}

ScaledWeight Product(const ScaledWeight& a, const ScaledWeight& b) {
  return Normalized(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

double InUnitsOf(const ScaledWeight& weight, std::int64_t exponent) {
  const std::int64_t shift = weight.exponent - exponent;
  return shift < -kNegligible ? 0.0 : Ldexp(weight.mantissa, shift);
}

SamplingWeights::SamplingWeights(absl::Span<const double> scores, double alpha,
                                 const WeightRows* sets)
    : alpha_(alpha) {
  weights_.reserve(scores.size());
  plain_.reserve(scores.size());
  for (const double score : scores) {
    if (score == kAbsent) {
      weights_.push_back({});
      plain_.push_back(0);
      continue;
    }
    // exp(x) = 2^whole x 2^fraction, so that no x underflows.
    const double x = alpha * score * std::numbers::log2e;
    const double whole = std::floor(x);
    weights_.push_back(Normalized(std::exp2(x - whole), static_cast<std::int64_t>(whole)));
    const double plain = Ldexp(weights_.back().mantissa, weights_.back().exponent);
    are_normal_ &= plain >= std::numeric_limits<double>::min();
    plain_.push_back(plain <= kMostPlainWeight ? plain : std::numeric_limits<double>::infinity());
  }
  if (sets == nullptr || sets->empty()) return;
  sets_ = sets;
  placed_.reserve(sets->values().size());
  for (const std::int32_t value : sets->values()) {
    placed_.push_back(value < 0 ? 0.0 : plain_[value]);
  }
}

}  // namespace bytepiece
