// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/scale_solver.h"

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// The arg max by looking everywhere, finer and finer.
double BruteForceMaximum(const std::function<double(double)>& f, double low, double high) {
  while (high - low > 1e-7) {
    double best = low;
    const double step = (high - low) / 100;
    for (double a = low; a <= high; a += step) {
      if (f(a) > f(best)) best = a;
    }
    low = std::max(low, best - step);
    high = best + step;
  }
  return 0.5 * (low + high);
}

// E[e^(as)] by the trapezoidal rule over the angle: s = cos t, weight sin^(d-2) t.
double MomentByQuadrature(double a, int d) {
  double sum = 0, weights = 0;
  const int steps = 20000;
  for (int i = 1; i < steps; ++i) {
    const double t = M_PI * i / steps;
    const double weight = std::pow(std::sin(t), d - 2);
    sum += weight * std::exp(a * (std::cos(t) - 1));
    weights += weight;
  }
  return a + std::log(sum / weights);
}

TEST_CASE("the scale of normal scores is the brute-force maximum and the source's number") {
  const std::pair<double, double> known[] = {
      {40, 1.434}, {100, 1.654}, {1000, 2.142}, {4000, 2.401}, {20000, 2.678}};
  for (const auto& [n, expected] : known) {
    const double a = NormalScale(n);
    CHECK(a == Approx(expected).margin(0.0006));
    const auto objective = [n = n](double x) { return x * (1 - std::exp(x * x) / n); };
    CHECK(a == Approx(BruteForceMaximum(objective, 0, 10)).margin(1e-4));
  }
  CHECK(NormalScale(1) == 0);
  CHECK(NormalScale(1e6) == Approx(3.2).margin(0.2));
}

TEST_CASE("the fit of the source is as far off as it says") {
  CHECK(NormalScaleFit(40) / NormalScale(40) - 1 == Approx(0.12).margin(0.01));
  CHECK(std::fabs(NormalScaleFit(4000) / NormalScale(4000) - 1) < 0.012);
  CHECK(CosineScale(40, 128) / CosineScaleFit(40) - 1 == Approx(0.3).margin(0.02));
  for (const double n : {500.0, 1000.0, 4000.0}) {
    CHECK(CosineScale(n, 128) > 22);
    CHECK(CosineScale(n, 128) < 36);
  }
}

TEST_CASE("moments of cosines by series and by expansion, against quadrature") {
  for (const int d : {3, 8, 33, 128}) {
    for (const double a : {0.0, 0.5, 10.0, 60.0, 400.0}) {
      CHECK(LogCosineMoment(a, d) == Approx(MomentByQuadrature(a, d)).margin(1e-6));
    }
  }
  for (const double a : {0.1, 3.0, 900.0, 2000.0, 1e6}) {  // in 3 dimensions: sinh(a) / a
    const double expected = a - std::log(2 * a) + std::log1p(-std::exp(-2 * a));
    CHECK(LogCosineMoment(a, 3) == Approx(expected).epsilon(1e-12));
  }
  // The two ways meet where one takes over from the other.
  const double border = 1000 + 40 * 1.5 * 1.5;  // nu = 1.5
  CHECK(LogCosineMoment(border * (1 + 1e-12), 5) ==
        Approx(LogCosineMoment(border * (1 - 1e-12), 5)).epsilon(1e-10));
}

TEST_CASE("the scale of cosine scores is the brute-force maximum") {
  for (const int d : {3, 16, 128}) {
    for (const double n : {2.0, 40.0, 1000.0}) {
      const auto objective = [&](double a) {
        return a * (1 - std::exp(LogCosineMoment(2 * a, d) - 2 * LogCosineMoment(a, d)) / n);
      };
      const double a = CosineScale(n, d);
      CHECK(a == Approx(BruteForceMaximum(objective, 0, 2 * a + 5)).epsilon(1e-4));
    }
  }
  CHECK(CosineScale(1, 128) == 0);
}

TEST_CASE("sound up to a million scores, in few dimensions and in many") {
  for (const std::int64_t d : {2, 3, 64, 128, 1024, 8192}) {
    double previous = 0;
    for (const double n : {2.0, 40.0, 1e3, 1e5, 1e6}) {
      const double a = CosineScale(n, d);
      CAPTURE(d, n, a);
      CHECK(std::isfinite(a));
      CHECK(a > previous);
      previous = a;
    }
  }
  for (const double n : {1e3, 1e6, 1e9}) {  // to O(1/n^2), and to less than a double tells
    CHECK(CosineScale(n, 2) == Approx(4 * n * n / (9 * M_PI)).epsilon(n < 1e4 ? 1e-4 : 1e-10));
    CHECK(CosineScale(n, 3) == Approx(n / 2).epsilon(1e-10));
  }
  // In 5 dimensions the moment is 3 (a cosh a - sinh a) / a^3.
  const auto objective = [](double a) {
    const auto scaled = [](double x) { return 1.5 * (x - 1 + (x + 1) * std::exp(-2 * x)); };
    return a * (1 - scaled(2 * a) * a * a * a / (8 * scaled(a) * scaled(a)) / 1e8);
  };
  CHECK(CosineScale(1e8, 5) == Approx(BruteForceMaximum(objective, 1, 1e5)).epsilon(1e-6));
  // In many dimensions cosines are normal with variance 1/d.
  CHECK(CosineScale(1000, 100000) / std::sqrt(100000.0) == Approx(NormalScale(1000)).epsilon(1e-3));
}

TEST_CASE("the exact objective agrees with the approximation, and then does not") {
  const double n = 1000, edge = std::sqrt(2 * std::log(n));  // 3.7
  const std::vector<double> scales = {0, 0.5, 1, 0.45 * edge, NormalScale(n), edge, 20, 40};
  const auto exact = MonteCarloObjective(scales, 1000, 0, 300, 5);
  REQUIRE(exact.ok());
  for (int i = 0; i < 4; ++i) {
    CHECK((*exact)[i] == Approx(ApproximateObjective(scales[i], n, 0)).epsilon(0.03));
  }
  // By the maximum of the approximation the exact one is already above it; it does not
  // fall afterwards, but levels off near the largest score.
  CHECK((*exact)[4] > ApproximateObjective(scales[4], n, 0));
  CHECK(ApproximateObjective(edge, n, 0) < 0);
  CHECK((*exact)[5] > (*exact)[4]);
  CHECK((*exact)[6] == Approx(edge).epsilon(0.25));
  CHECK((*exact)[7] == Approx((*exact)[6]).epsilon(0.25));
}

TEST_CASE("the samples of the check are cosines in d dimensions, from a seed") {
  const std::vector<double> scales = {2, 5};
  for (const int d : {2, 3, 16, 128}) {
    const auto exact = MonteCarloObjective(scales, 2000, d, 20, 5);
    REQUIRE(exact.ok());
    for (int i = 0; i < 2; ++i) {
      CHECK((*exact)[i] == Approx(ApproximateObjective(scales[i], 2000, d)).epsilon(0.01));
    }
    CHECK(*exact == *MonteCarloObjective(scales, 2000, d, 20, 5));
    CHECK(*exact != *MonteCarloObjective(scales, 2000, d, 20, 6));
  }
  CHECK_FALSE(MonteCarloObjective(scales, 1, 0, 10, 5).ok());
  CHECK_FALSE(MonteCarloObjective(scales, 10, 1, 10, 5).ok());
  CHECK_FALSE(MonteCarloObjective(scales, 10, 0, 0, 5).ok());
}

}  // namespace
}  // namespace bytepiece::lm
