// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/positions.h"

#include <cmath>

namespace bytepiece::lm {
namespace {

// The author's own code has this one (bojone/rerope).
constexpr double kNtkMixedExponent = 0.75;

torch::Tensor Frequencies(const PositionOptions& options, std::int64_t pairs) {
  const torch::Tensor m = torch::arange(1, pairs + 1, torch::kDouble);
  torch::Tensor log_theta = -(m - 1) / static_cast<double>(pairs) * std::log(options.base);
  if (options.kind == PositionKind::kNtkFixed || options.kind == PositionKind::kNtkMixed) {
    const double exponent = options.kind == PositionKind::kNtkFixed ? 1 : kNtkMixedExponent;
    const double a = std::log(options.factor) / std::pow(static_cast<double>(pairs), exponent);
    log_theta = log_theta - a * m.pow(exponent);
  }
  return log_theta.exp();
}

}  // namespace

RelativePositions::RelativePositions(const PositionOptions& options, std::int64_t key_width)
    : options_(options) {
  if (!rotates()) return;
  TORCH_CHECK(key_width % 2 == 0, "rotation needs an even key width, not ", key_width);
  frequencies_ = Frequencies(options, key_width / 2);
}

bool RelativePositions::has_far() const {
  return options_.kind == PositionKind::kReRope || options_.kind == PositionKind::kLeakyReRope;
}

double RelativePositions::near_slope() const {
  return options_.kind == PositionKind::kInterpolation ? 1 / options_.factor : 1;
}

double RelativePositions::far_slope() const {
  return options_.kind == PositionKind::kReRope ? 0 : 1 / options_.factor;
}

double RelativePositions::At(std::int64_t distance) const {
  const auto r = static_cast<double>(distance);
  const auto w = static_cast<double>(options_.window);
  if (has_far() && r >= w) return w + (r - w) * far_slope();
  return r * near_slope();
}

torch::Tensor RelativePositions::Angles(const torch::Tensor& positions) const {
  return positions.to(torch::kDouble).unsqueeze(-1) * frequencies_;
}

torch::Tensor RelativePositions::RotateLinearly(const torch::Tensor& x, std::int64_t first,
                                                double slope, double offset) const {
  if (!rotates() || (slope == 0 && offset == 0)) return x;
  const torch::Tensor steps = torch::arange(first, first + x.size(-2), torch::kDouble);
  const torch::Tensor angles = Angles(steps * slope + offset);
  return Rotate(x, angles.cos().to(x.options()), angles.sin().to(x.options()));
}

torch::Tensor RelativePositions::NearQueries(const torch::Tensor& x, std::int64_t first) const {
  return RotateLinearly(x, first, near_slope(), 0);
}

torch::Tensor RelativePositions::NearKeys(const torch::Tensor& x, std::int64_t first) const {
  return RotateLinearly(x, first, near_slope(), 0);
}

torch::Tensor RelativePositions::FarQueries(const torch::Tensor& x, std::int64_t first) const {
  const auto w = static_cast<double>(options_.window);
  return RotateLinearly(x, first, far_slope(), w - w * far_slope());
}

torch::Tensor RelativePositions::FarKeys(const torch::Tensor& x, std::int64_t first) const {
  return RotateLinearly(x, first, far_slope(), 0);
}

torch::Tensor Rotate(const torch::Tensor& x, const torch::Tensor& cosines,
                     const torch::Tensor& sines) {
  const auto halves = x.chunk(2, -1);
  return torch::cat(
      {halves[0] * cosines - halves[1] * sines, halves[1] * cosines + halves[0] * sines}, -1);
}

}  // namespace bytepiece::lm
