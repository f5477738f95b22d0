// SPDX-License-Identifier: Apache-2.0
#include "lm/model/norm.h"

namespace bytepiece::lm {
namespace {

constexpr double kEpsilon = 1e-5;

}  // namespace

Norm::Norm(NormKind kind, std::int64_t width) {
  weight_ = register_parameter("weight", torch::ones({width}));
  if (kind == NormKind::kLayer) bias_ = register_parameter("bias", torch::zeros({width}));
}

torch::Tensor Norm::forward(const torch::Tensor& x) {
  if (bias_.defined()) return torch::layer_norm(x, {x.size(-1)}, weight_, bias_, kEpsilon);
  return x * torch::rsqrt(x.square().mean(-1, /*keepdim=*/true) + kEpsilon) * weight_;
}

}  // namespace bytepiece::lm
