// SPDX-License-Identifier: Apache-2.0
// The gated feed-forward layer: (silu(x Wg) * (x Wu)) Wd.
#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>

namespace bytepiece::lm {

class FeedForward : public torch::nn::Module {
 public:
  FeedForward(std::int64_t width, std::int64_t hidden);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Linear in_{nullptr};  // gate, up
  torch::nn::Linear out_{nullptr};
};

}  // namespace bytepiece::lm
