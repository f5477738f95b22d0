// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/mixer.h"

#include <vector>

namespace bytepiece::lm {

torch::Tensor Mixer::Prefill(const torch::Tensor& x, MixerState* state) {
  std::vector<torch::Tensor> steps;
  for (std::int64_t t = 0; t < x.size(1); ++t) steps.push_back(Step(x.select(1, t), state));
  return torch::stack(steps, 1);
}

}  // namespace bytepiece::lm
