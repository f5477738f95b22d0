// SPDX-License-Identifier: Apache-2.0
// exp(alpha x score) of every piece, prepared once, so that sampling itself needs
// neither exp nor log.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/large_pages.h"
#include "bytepiece/sampling/weight_rows.h"

namespace bytepiece {

// Above this, sampling is segmenting: score differences of 1e-9 have long since
// decided. Up to this the exponents of a block of a chunk stay within 64 bits: a
// score is above -45 (ln 2^63 and a bit), so a piece's exponent is above -7e12,
// and a block has about 2^20 bytes at most (perfect_sampler.cc): 7e18 in all.
inline constexpr double kAlphaIsInfinite = 1e11;

// A non-negative real number, mantissa x 2^exponent.
struct ScaledWeight {
  double mantissa = 0;
  std::int64_t exponent = 0;
};

// The same number, mantissa 0 or in [0.5, 1).
ScaledWeight Normalized(double mantissa, std::int64_t exponent);

// Rounded once, however small: exponents are added, so nothing underflows. The
// mantissas' product must not.
ScaledWeight Product(const ScaledWeight& a, const ScaledWeight& b);

// `weight`, normalised, in units of 2^exponent; 0 or infinite where a double is.
double InUnitsOf(const ScaledWeight& weight, std::int64_t exponent);

inline constexpr double kMostPlainWeight = 0x1p400;

// The range in which sums of weights are exact as plain doubles (the lemma in scaled_filter.h).
inline constexpr double kLeastPlainTotal = 0x1p-480;
inline constexpr double kMostPlainTotal = 0x1p480;

// exp(alpha x score) of each value of a model: used while alpha stays.
// 0 <= alpha <= kAlphaIsInfinite.
class SamplingWeights {
 public:
  SamplingWeights() = default;
  // With sets of the same values, which must live as long, has placed() too.
  SamplingWeights(absl::Span<const double> scores, double alpha, const WeightRows* sets = nullptr);

  double alpha() const { return alpha_; }

  // Normalised.
  const ScaledWeight& operator[](std::int32_t value) const { return weights_[value]; }

  // The same as a double: 0 or of few digits below 2^-1022, infinite above
  // kMostPlainWeight.
  double Plain(std::int32_t value) const { return plain_[value]; }

  // Whether Plain is in full precision wherever it is not 0 for a score of -infinity.
  bool are_normal() const { return are_normal_; }

  // Null if there are none or they are empty.
  const WeightRows* sets() const { return sets_; }
  // At each place of the sets Plain of the value there, 0 where there is none.
  const double* placed() const { return placed_.data(); }

 private:
  double alpha_ = 0;
  std::vector<ScaledWeight> weights_;
  std::vector<double> plain_;
  bool are_normal_ = true;
  const WeightRows* sets_ = nullptr;
  LargeVector<double> placed_;
};

}  // namespace bytepiece
