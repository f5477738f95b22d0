// SPDX-License-Identifier: Apache-2.0
// The factor of the products of queries and keys before the softmax.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>

namespace bytepiece::lm {

enum class ScaleKind {
  kInverseSqrt,  // 1 / sqrt(Dk)
  kConstant,     // value / sqrt(Dk)
  kGradientMax,  // a*(length) / sqrt(Dk): scale_solver.h, normal scores
  kLogN,         // ln n / ln length / sqrt(Dk) at the n-th position (from 1), not clipped
  kLogNTest,     // 1 / sqrt(Dk) in training, max(1, ln n / ln length) / sqrt(Dk) after it
  kCosine,       // of the angle: q and k are normalised, then multiplied by value
};

struct ScaleOptions {
  ScaleKind kind = ScaleKind::kInverseSqrt;
  double value = 1;      // kConstant, kCosine (0: a*(length) of cosine scores); > 0
  double length = 512;   // kLogN, kLogNTest: of training; kGradientMax, kCosine: n,
                         // for which half the longest text is a good choice; >= 2
  bool learned = false;  // kCosine: value is where a temperature for each head starts

  friend bool operator==(const ScaleOptions&, const ScaleOptions&) = default;
};

class AttentionScale : public torch::nn::Module {
 public:
  AttentionScale(const ScaleOptions& options, std::int64_t heads, std::int64_t key_width);

  // q and k [B, H, T, Dk], of positions first, first + 1, ...: what to take their plain
  // products of. Commutes with rotation. `training` chooses the form of kLogNTest.
  torch::Tensor Queries(const torch::Tensor& q, std::int64_t first, bool training) const;
  torch::Tensor Keys(const torch::Tensor& k) const;

 private:
  ScaleOptions options_;
  double constant_ = 1;
  torch::Tensor log_temperature_;  // [H, 1, 1]; learned only
};

}  // namespace bytepiece::lm
