// SPDX-License-Identifier: Apache-2.0
// Relative positions for attention: P(i - j) for query i and key j <= i, realised by
// rotating queries and keys (RoPE) as in
//   Su, "ReRoPE" (kexue.fm/archives/9708) and its sequels 9728 and 9731.
//
// A linear P needs one rotation of each query and key by its absolute position. The
// piecewise linear ones (ReRoPE, Leaky ReRoPE) need two: "near" where i - j < window,
// "far" elsewhere; attention computes of the two products only what each block needs.
// Rotation by position p turns the pair (x[m], x[m + Dk/2]) by the angle p theta_m.
//
// Example: kReRope with window 3 has P = 0 1 2 3 3 3 ... Counter-example: no encoding
// here depends on i and j except by their difference.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace bytepiece::lm {

enum class PositionKind {
  kNone,           // NoPE: nothing is rotated
  kRope,           // P(r) = r
  kInterpolation,  // PI: r / factor
  kNtkFixed,       // r, with slower frequencies: theta_m exp(-a m), a = ln factor / (Dk/2)
  kNtkMixed,       // theta_m exp(-a m^0.75), a = ln factor / (Dk/2)^0.75, m = 1..Dk/2
  kReRope,         // min(r, window)
  kLeakyReRope,    // r if r < window, else window + (r - window) / factor.
                   // factor < 1 in training and kRope in inference is InvLeaky ReRoPE
};

struct PositionOptions {
  PositionKind kind = PositionKind::kRope;
  double base = 10000;
  double factor = 1;        // > 0: PI, NTK, Leaky
  std::int64_t window = 0;  // >= 1: ReRoPE, Leaky

  friend bool operator==(const PositionOptions&, const PositionOptions&) = default;
};

class RelativePositions {
 public:
  // key_width (Dk) is even, unless the kind is kNone.
  RelativePositions(const PositionOptions& options, std::int64_t key_width);

  // P(distance), distance >= 0: the definition.
  double At(std::int64_t distance) const;

  bool rotates() const { return options_.kind != PositionKind::kNone; }
  // True if distances of window() and more have a rotation of their own.
  bool has_far() const;
  std::int64_t window() const { return options_.window; }

  // x [..., T, Dk], of positions first, first + 1, ...: rotated such that the product of
  // a query and a key depends on P of their distance alone. The far forms only where
  // has_far().
  torch::Tensor NearQueries(const torch::Tensor& x, std::int64_t first) const;
  torch::Tensor NearKeys(const torch::Tensor& x, std::int64_t first) const;
  torch::Tensor FarQueries(const torch::Tensor& x, std::int64_t first) const;
  torch::Tensor FarKeys(const torch::Tensor& x, std::int64_t first) const;

  // The angles [T, Dk/2], in double on the CPU, of positions [T].
  torch::Tensor Angles(const torch::Tensor& positions) const;

 private:
  torch::Tensor RotateLinearly(const torch::Tensor& x, std::int64_t first, double slope,
                               double offset) const;
  double near_slope() const;
  double far_slope() const;

  PositionOptions options_;
  torch::Tensor frequencies_;  // [Dk/2], double
};

// x [..., T, Dk] turned by angles [T, Dk/2], whose cosines and sines are these, cast to
// the dtype and device of x.
torch::Tensor Rotate(const torch::Tensor& x, const torch::Tensor& cosines,
                     const torch::Tensor& sines);

}  // namespace bytepiece::lm
