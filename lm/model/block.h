// SPDX-License-Identifier: Apache-2.0
// One layer, pre-norm: x + mixer(norm(x)), then, unless the mixer is a gated unit, x +
// feed_forward(norm(x)).
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "lm/attention/mixer.h"
#include "lm/model/feed_forward.h"
#include "lm/model/model_config.h"
#include "lm/model/norm.h"

namespace bytepiece::lm {

class Block : public torch::nn::Module {
 public:
  // The layer's sizes are filled in (CompleteModelConfig).
  Block(const LayerConfig& layer, NormKind norm, std::int64_t width);

  // [B, T, D] -> [B, T, D]. `is_text`: Mixer::ForwardPadded.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& is_text = {});

  // [B, D] -> [B, D], and [B, T, D] -> [B, T, D]: mixer.h.
  std::unique_ptr<MixerState> NewState(std::int64_t batch) const;
  torch::Tensor Step(const torch::Tensor& x, MixerState* state);
  torch::Tensor Prefill(const torch::Tensor& x, MixerState* state);
  torch::Tensor AuxiliaryLoss() const { return mixer_->AuxiliaryLoss(); }

 private:
  torch::Tensor FeedForwardPart(const torch::Tensor& x);

  std::shared_ptr<Norm> mixer_norm_;
  std::shared_ptr<Mixer> mixer_;
  std::shared_ptr<Norm> feed_forward_norm_;  // null in a gated unit
  std::shared_ptr<FeedForward> feed_forward_;
};

}  // namespace bytepiece::lm
