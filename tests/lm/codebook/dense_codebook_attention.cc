// SPDX-License-Identifier: Apache-2.0
#include "tests/lm/codebook/dense_codebook_attention.h"

#include <cmath>
#include <limits>

#include "tests/lm/attention/dense_attention.h"

namespace bytepiece::lm {
namespace {

// What holds of pairs (i, j), as [T, T] of bool.
template <typename Condition>
torch::Tensor Pairs(std::int64_t length, const Condition& condition) {
  torch::Tensor pairs = torch::zeros({length, length}, torch::kBool);
  auto cell = pairs.accessor<bool, 2>();
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t j = 0; j < length; ++j) cell[i][j] = condition(i, j);
  }
  return pairs;
}

// x with all positions turned by the same angle: a dense row of positions w.
torch::Tensor TurnAll(const torch::Tensor& x, const PositionOptions& positions) {
  if (positions.kind != PositionKind::kReRope) return x;
  const torch::Tensor angle =
      static_cast<double>(positions.window) * DenseFrequencies(positions, x.size(-1));
  const torch::Tensor a = x.slice(-1, 0, x.size(-1) / 2), b = x.slice(-1, x.size(-1) / 2);
  return torch::cat({a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()}, -1);
}

// exp(score(q_i, y)) [B, H, T, c].
torch::Tensor QueryWeights(const Codes& codes, const torch::Tensor& q) {
  if (codes.kind != ShareKind::kPerformer) {
    return torch::einsum("bhid,hyd->bhiy", {q, codes.vectors}).exp();
  }
  const torch::Tensor x = q * codes.balance;
  return (torch::einsum("bhid,hyd->bhiy", {x, codes.vectors}) - x.square().sum(-1, true) / 2)
             .exp() /
         static_cast<double>(codes.vectors.size(1));
}

}  // namespace

torch::Tensor DenseQuantised(const torch::Tensor& codes, const torch::Tensor& k) {
  torch::Tensor quantised = torch::empty_like(k);
  for (std::int64_t b = 0; b < k.size(0); ++b) {
    for (std::int64_t h = 0; h < k.size(1); ++h) {
      for (std::int64_t t = 0; t < k.size(2); ++t) {
        const torch::Tensor distances = (codes[h] - k[b][h][t]).square().sum(-1);
        quantised[b][h][t] = codes[h][distances.argmin().item<std::int64_t>()];
      }
    }
  }
  return quantised.detach();
}

torch::Tensor DenseShares(const Codes& codes, const torch::Tensor& k) {
  const torch::Tensor distances =
      (k.unsqueeze(3) - codes.vectors.unsqueeze(1).unsqueeze(0)).square().sum(-1);
  switch (codes.kind) {
    case ShareKind::kHard:
      return distances.eq(distances.amin(-1, true)).to(k.dtype());
    case ShareKind::kSoft:
      return torch::softmax(-distances / (2 * codes.temperature), -1);
    case ShareKind::kPerformer:
      break;
  }
  const torch::Tensor x = k / codes.balance;
  return (torch::einsum("bhjd,hyd->bhjy", {x, codes.vectors}) - x.square().sum(-1, true) / 2).exp();
}

torch::Tensor DenseCodebookAttention(const torch::Tensor& q, const torch::Tensor& k,
                                     const torch::Tensor& v, const Codes& codes, std::int64_t block,
                                     const PositionOptions& positions, const torch::Tensor& bias) {
  const std::int64_t length = q.size(2);
  const torch::Tensor far_q = TurnAll(q, positions);
  const torch::Tensor remembered =
      Pairs(length, [&](std::int64_t i, std::int64_t j) { return j / block + 2 <= i / block; });
  torch::Tensor kernel;
  if (codes.kind == ShareKind::kHard) {
    const torch::Tensor quantised = DenseQuantised(codes.vectors, k);
    const torch::Tensor passing = quantised + k - k.detach();
    kernel = torch::where(remembered, torch::einsum("bhid,bhjd->bhij", {far_q, quantised}),
                          torch::einsum("bhid,bhjd->bhij", {far_q, passing}))
                 .exp();
  } else {
    kernel = torch::einsum("bhiy,bhjy->bhij", {QueryWeights(codes, far_q), DenseShares(codes, k)});
  }
  if (bias.defined()) {
    torch::Tensor table = torch::zeros({bias.size(0), length, length}, torch::kDouble);
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) {
        if (i - j <= block) table.select(1, i).select(1, j).copy_(bias.select(1, i - j));
      }
    }
    kernel = kernel * table.exp();
  }
  if (positions.kind == PositionKind::kReRope) {
    PositionOptions rope = positions;
    rope.kind = PositionKind::kRope;
    const torch::Tensor near = Pairs(
        length, [&](std::int64_t i, std::int64_t j) { return j <= i && i - j < positions.window; });
    kernel = torch::where(near, DenseScores(q, k, rope).exp(), kernel);
  }
  const torch::Tensor seen = Pairs(length, [](std::int64_t i, std::int64_t j) { return j <= i; });
  kernel = kernel * seen;
  const torch::Tensor weights = kernel / kernel.sum(-1, true);
  if (codes.kind != ShareKind::kHard) return torch::matmul(weights, v);
  return torch::matmul(weights * remembered.logical_not(), v) +
         torch::matmul(weights * remembered, v.detach());
}

}  // namespace bytepiece::lm
