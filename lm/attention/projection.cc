// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/projection.h"

#include <vector>

namespace bytepiece::lm {
namespace {

torch::nn::Linear MakeLinear(std::int64_t in, std::int64_t out) {
  return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
}

}  // namespace

Projection::Projection(const ProjectionOptions& options) : options_(options) {
  TORCH_CHECK(!options.gated || options.heads == 1, "a gated projection has one head");
  const std::int64_t values = options.heads * options.value_width;
  const std::int64_t keys = options.heads * options.key_width;
  const std::int64_t projected = options.gated ? keys + 2 * values : 2 * keys + values;
  in_ = register_module("in", MakeLinear(options.width, projected));
  out_ = register_module("out", MakeLinear(values, options.width));
  if (options.gated) {
    // Means: q and k begin as two different views of z.
    scale_ = register_parameter("scale", 1 + 0.1 * torch::randn({2, options.key_width}));
    shift_ = register_parameter("shift", torch::zeros({2, options.key_width}));
  }
}

torch::Tensor Projection::SplitHeads(const torch::Tensor& x) const {
  return x.view({x.size(0), x.size(1), options_.heads, -1}).transpose(1, 2);
}

Heads Projection::Split(const torch::Tensor& x) {
  const std::int64_t keys = options_.heads * options_.key_width;
  const std::int64_t values = options_.heads * options_.value_width;
  const torch::Tensor projected = in_(x);
  if (!options_.gated) {
    const auto parts = projected.split_with_sizes({keys, keys, values}, -1);
    return {SplitHeads(parts[0]), SplitHeads(parts[1]), SplitHeads(parts[2]), {}};
  }
  const auto parts = torch::silu(projected).split_with_sizes({keys, values, values}, -1);
  const auto view = [&](int i) {
    return SplitHeads((parts[0] * scale_[i] + shift_[i]).contiguous());
  };
  return {view(0), view(1), SplitHeads(parts[1]), parts[2]};
}

torch::Tensor Projection::Merge(const torch::Tensor& mixed, const Heads& heads) {
  torch::Tensor flat = mixed.transpose(1, 2).reshape({mixed.size(0), mixed.size(2), -1});
  if (options_.gated) flat = flat * heads.gate;
  return out_(flat);
}

}  // namespace bytepiece::lm
