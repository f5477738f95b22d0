// SPDX-License-Identifier: Apache-2.0
#include "tests/lm/attention/dense_attention.h"

#include <cmath>
#include <limits>

namespace bytepiece::lm {

torch::Tensor DensePositions(const PositionOptions& options, std::int64_t length) {
  torch::Tensor p = torch::zeros({length, length}, torch::kDouble);
  auto cell = p.accessor<double, 2>();
  const double w = static_cast<double>(options.window);
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      const double r = static_cast<double>(i - j);
      switch (options.kind) {
        case PositionKind::kNone:
          break;
        case PositionKind::kRope:
        case PositionKind::kNtkFixed:
        case PositionKind::kNtkMixed:
          cell[i][j] = r;
          break;
        case PositionKind::kInterpolation:
          cell[i][j] = r / options.factor;
          break;
        case PositionKind::kReRope:
          cell[i][j] = std::min(r, w);
          break;
        case PositionKind::kLeakyReRope:
          cell[i][j] = r < w ? r : w + (r - w) / options.factor;
          break;
      }
    }
  }
  return p;
}

torch::Tensor DenseFrequencies(const PositionOptions& options, std::int64_t key_width) {
  const std::int64_t pairs = key_width / 2;
  torch::Tensor theta = torch::zeros({pairs}, torch::kDouble);
  for (std::int64_t m = 1; m <= pairs; ++m) {
    double value = std::pow(options.base, -2.0 * (m - 1) / static_cast<double>(key_width));
    const double b = options.kind == PositionKind::kNtkMixed ? 0.75 : 1;
    if (options.kind == PositionKind::kNtkFixed || options.kind == PositionKind::kNtkMixed) {
      const double a = std::log(options.factor) / std::pow(key_width / 2.0, b);
      value *= std::exp(-a * std::pow(m, b));
    }
    theta[m - 1] = value;
  }
  return theta;
}

torch::Tensor DenseScores(const torch::Tensor& q, const torch::Tensor& k,
                          const PositionOptions& options) {
  const std::int64_t half = q.size(-1) / 2;
  if (options.kind == PositionKind::kNone) return torch::einsum("bhid,bhjd->bhij", {q, k});
  // q^T R(-a) k for each pair of coordinates (x, y), with a = P theta:
  // (qx kx + qy ky) cos a + (qx ky - qy kx) sin a.
  const torch::Tensor angles =
      DensePositions(options, q.size(-2)).unsqueeze(-1) * DenseFrequencies(options, q.size(-1));
  const torch::Tensor qx = q.slice(-1, 0, half), qy = q.slice(-1, half);
  const torch::Tensor kx = k.slice(-1, 0, half), ky = k.slice(-1, half);
  const auto pairwise = [](const torch::Tensor& a, const torch::Tensor& b) {
    return a.unsqueeze(3) * b.unsqueeze(2);  // [B, H, T, T, Dk/2]
  };
  return ((pairwise(qx, kx) + pairwise(qy, ky)) * angles.cos() +
          (pairwise(qx, ky) - pairwise(qy, kx)) * angles.sin())
      .sum(-1);
}

torch::Tensor DenseAttention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                             const PositionOptions& options, std::int64_t window) {
  const std::int64_t length = q.size(-2);
  torch::Tensor unseen = torch::zeros({length, length}, torch::kBool);
  auto cell = unseen.accessor<bool, 2>();
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t j = 0; j < length; ++j) {
      cell[i][j] = j > i || (window > 0 && i - j >= window);
    }
  }
  const torch::Tensor scores =
      DenseScores(q, k, options).masked_fill(unseen, -std::numeric_limits<double>::infinity());
  return torch::matmul(torch::softmax(scores, -1), v);
}

}  // namespace bytepiece::lm
