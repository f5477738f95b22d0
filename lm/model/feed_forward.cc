// SPDX-License-Identifier: Apache-2.0
#include "lm/model/feed_forward.h"

namespace bytepiece::lm {

FeedForward::FeedForward(std::int64_t width, std::int64_t hidden) {
  using Options = torch::nn::LinearOptions;
  in_ = register_module("in", torch::nn::Linear(Options(width, 2 * hidden).bias(false)));
  out_ = register_module("out", torch::nn::Linear(Options(hidden, width).bias(false)));
}

torch::Tensor FeedForward::forward(const torch::Tensor& x) {
  const auto parts = in_(x).chunk(2, -1);
  return out_(torch::silu(parts[0]) * parts[1]);
}

}  // namespace bytepiece::lm
