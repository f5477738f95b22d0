// SPDX-License-Identifier: Apache-2.0
// Normalisation over the last dimension.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>

#include "lm/model/model_config.h"

namespace bytepiece::lm {

// kRms: x / sqrt(mean(x^2) + eps) * weight. kLayer: (x - mean) / sqrt(variance + eps) *
// weight + bias.
class Norm : public torch::nn::Module {
 public:
  Norm(NormKind kind, std::int64_t width);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
  torch::Tensor bias_;  // kLayer only
};

}  // namespace bytepiece::lm
