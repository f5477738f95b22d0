// SPDX-License-Identifier: Apache-2.0
// A recurrent layer: a linear map to the inputs of H recurrences of d numbers, these, and
// a linear map back. Decoding keeps the states of one position: constant time and memory.
#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "lm/attention/mixer.h"
#include "lm/recurrence/recurrence.h"

namespace bytepiece::lm {

struct RecurrentMixerOptions {
  std::int64_t width = 256;       // D
  std::int64_t heads = 4;         // H
  std::int64_t state_width = 64;  // d
  RecurrenceOptions recurrence = {};
};

class RecurrentMixer : public Mixer {
 public:
  explicit RecurrentMixer(const RecurrentMixerOptions& options);

  torch::Tensor forward(const torch::Tensor& x) override;
  std::unique_ptr<MixerState> NewState(std::int64_t batch) const override;
  torch::Tensor Step(const torch::Tensor& x, MixerState* state) override;
  // One position after another too, except for the linear maps.
  torch::Tensor Prefill(const torch::Tensor& x, MixerState* state) override;

 private:
  // [B, T, D] -> [B, H, T, inputs_per_state d], and back from [B, H, T, d].
  torch::Tensor Split(const torch::Tensor& x);
  torch::Tensor Merge(const torch::Tensor& states);

  std::int64_t heads_;
  std::shared_ptr<Recurrence> recurrence_;
  torch::nn::Linear in_{nullptr};
  torch::nn::Linear out_{nullptr};
};

}  // namespace bytepiece::lm
