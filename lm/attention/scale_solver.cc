// SPDX-License-Identifier: Apache-2.0
// With L(a) = ln(E[e^(2as)] / E[e^(as)]^2) the objective is a (1 - e^L / n), stationary
// where  L + ln(1 + a L') = ln n. The left side grows with a from 0, in logarithms
// nothing overflows, and bisection cannot miss.
//
// Cosines in few dimensions lie near 1 often enough that a* is large: 4n^2 / (9 pi) in two
// dimensions, n/2 in three. There ln E[e^(as)] is a and a small rest, and its slope 1 and a
// small rest, of which the difference of two such values would leave nothing. So L and L'
// are computed from the rests alone (CosineRest, SlopeRest).
#include "lm/attention/scale_solver.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/random.h"

namespace bytepiece::lm {
namespace {

constexpr int kHalvings = 200;  // more than the 53 bits of a double and its exponent need

// The a >= 0 at which a growing function reaches `target`; 0 if it begins there.
double SolveGrowing(const std::function<double(double)>& function, double target) {
  if (!(function(0) < target)) return 0;
  double high = 1;
  while (function(high) < target) high *= 2;
  double low = 0;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    (function(middle) < target ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// The k-th term of Hankel's expansion is the one before times this, for k = 1, 2, ...
double HankelRatio(double nu, double a, int k) {
  const double odd = 2 * k - 1;
  return (odd * odd - 4 * nu * nu) / (8 * a * k);
}

// I_nu(a) e^-a sqrt(2 pi a) by Hankel's expansion, and how much larger that is than the same
// of nu + 1: a difference of terms, not of sums. For a far above nu^2.
struct Hankel {
  Hankel(double nu, double a) {
    double term = 1, next_term = 1;
    for (int k = 1; k < 30 && std::fabs(next_term) > 1e-17; ++k) {
      term *= HankelRatio(nu, a, k);
      next_term *= HankelRatio(nu + 1, a, k);
      sum += term;
      lead += term - next_term;
    }
  }

  double sum = 1;
  double lead = 0;
};

// True where Hankel's expansion serves; elsewhere the series does.
bool IsFar(double nu, double a) { return a >= 1000 + 40 * nu * nu; }

// The series of the Bessel function in the moments of cosines.
double OrderOf(std::int64_t d) { return 0.5 * static_cast<double>(d) - 1; }

// ln sum_k (a^2/4)^k / (k! (b)_k), terms scaled so that none overflows.
double LogBesselSeries(double b, double a) {
  double sum = 1, term = 1, scale = 0;  // the value is scale + ln(sum)
  for (double k = 1;; ++k) {
    term *= a * a / 4 / (k * (b + k - 1));
    sum += term;
    if (sum > 1e200) {
      scale += std::log(sum);
      term /= sum;
      sum = 1;
    }
    if (term < 1e-18 * sum && k > a / 2) return scale + std::log(sum);
  }
}

// LogCosineMoment(a, d) - a: ln E[e^(a (s - 1))].
double CosineRest(double a, std::int64_t d) {
  // The moment is Gamma(d/2) (2/a)^nu I_nu(a), nu = d/2 - 1.
  const double nu = OrderOf(d);
  if (!IsFar(nu, a)) return LogBesselSeries(nu + 1, a) - a;
  return std::lgamma(nu + 1) + nu * std::log(2 / a) - 0.5 * std::log(2 * std::numbers::pi * a) +
         std::log(Hankel(nu, a).sum);
}

// 1 - d/da of LogCosineMoment, which is the ratio I_(d/2)(a) / I_(d/2-1)(a).
double SlopeRest(double a, std::int64_t d) {
  if (a == 0) return 1;
  const double nu = OrderOf(d);
  if (IsFar(nu, a)) {
    const Hankel hankel(nu, a);
    return hankel.lead / hankel.sum;
  }
  // E[s e^(as)] is a/d times the moment in d + 2 dimensions.
  return 1 - a / static_cast<double>(d) * std::exp(CosineRest(a, d + 2) - CosineRest(a, d));
}

// ln(E[e^(2as)] / E[e^(as)]^2) of cosines in d dimensions.
double CosineLevel(double a, std::int64_t d) { return CosineRest(2 * a, d) - 2 * CosineRest(a, d); }

class ScoreSource {
 public:
  ScoreSource(std::int64_t d, std::uint64_t seed, std::uint64_t trial)
      : d_(d), random_(seed, trial, 0) {}

  double Next() {
    const double x = Normal();
    if (d_ == 0) return x;
    // The first coordinate of a random direction; the others' squares add up to a
    // chi-squared of d - 1, which is twice a gamma of (d - 1) / 2.
    return x / std::sqrt(x * x + 2 * Gamma((static_cast<double>(d_) - 1) / 2));
  }

 private:
  double Normal() {
    const double u = 1 - random_.NextDouble(), v = random_.NextDouble();
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }

  // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
  double Gamma(double shape) {
    if (shape < 1) return Gamma(shape + 1) * std::pow(1 - random_.NextDouble(), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = Normal(), root = 1 + c * x;
      if (root <= 0) continue;
      const double v = root * root * root;
      const double u = 1 - random_.NextDouble();
      if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

  std::int64_t d_;
  RandomStream random_;
};

// a (1 - sum p^2).
double ExactObjective(const std::vector<double>& scores, double a) {
  const double highest = *std::max_element(scores.begin(), scores.end());
  double z = 0, squares = 0;
  for (const double s : scores) {
    const double weight = std::exp(a * (s - highest));
    z += weight;
    squares += weight * weight;
  }
  return a * (1 - squares / (z * z));
}

}  // namespace

double NormalScale(double n) {
  return SolveGrowing([](double a) { return a * a + std::log1p(2 * a * a); }, std::log(n));
}

double LogCosineMoment(double a, std::int64_t d) { return a + CosineRest(a, d); }

double CosineScale(double n, std::int64_t d) {
  const auto stationary = [d](double a) {
    const double slope = 2 * (SlopeRest(a, d) - SlopeRest(2 * a, d));
    return CosineLevel(a, d) + std::log1p(a * slope);
  };
  return SolveGrowing(stationary, std::log(n));
}

double NormalScaleFit(double n) { return 0.84 * std::sqrt(std::log(n)); }
double CosineScaleFit(double n) { return 3.5 * std::log(n); }

double ApproximateObjective(double a, double n, std::int64_t d) {
  const double level = d == 0 ? a * a : CosineLevel(a, d);
  return a * (1 - std::exp(level - std::log(n)));
}

absl::StatusOr<std::vector<double>> MonteCarloObjective(absl::Span<const double> scales,
                                                        std::int64_t n, std::int64_t d,
                                                        std::int64_t trials, std::uint64_t seed) {
  if (n < 2 || trials < 1 || d == 1 || d < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("a Monte Carlo check needs n >= 2, at least one trial and 2 dimensions or "
                     "more (0: normal scores), not n = ",
                     n, ", ", trials, " trials, d = ", d));
  }
  std::vector<double> sums(scales.size());
  std::vector<double> scores(static_cast<std::size_t>(n));
  for (std::int64_t trial = 0; trial < trials; ++trial) {
    ScoreSource source(d, seed, static_cast<std::uint64_t>(trial));
    for (double& score : scores) score = source.Next();
    for (std::size_t i = 0; i < scales.size(); ++i) sums[i] += ExactObjective(scores, scales[i]);
  }
  for (double& sum : sums) sum /= static_cast<double>(trials);
  return sums;
}

}  // namespace bytepiece::lm
