// SPDX-License-Identifier: Apache-2.0
// Full and window attention: a mixer around banded_attention.h.
//
// Training and inference may differ in positions and scale on the same weights (RoPE in
// training, ReRoPE after it). Decoding keeps the keys without rotation, because in
// ReRoPE the rotation of a key changes as the text goes on: one row of scores a step,
// each key turned by its distance. For window attention it keeps the latest `window` positions.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "lm/attention/attention_scale.h"
#include "lm/attention/banded_attention.h"
#include "lm/attention/mixer.h"
#include "lm/attention/positions.h"
#include "lm/attention/projection.h"

namespace bytepiece::lm {

struct SoftmaxAttentionOptions {
  ProjectionOptions projection = {};
  PositionOptions training = {};
  PositionOptions inference = {};
  ScaleOptions scale = {};
  Band band = {};
};

class SoftmaxAttention : public Mixer {
 public:
  explicit SoftmaxAttention(const SoftmaxAttentionOptions& options);

  torch::Tensor forward(const torch::Tensor& x) override;
  std::unique_ptr<MixerState> NewState(std::int64_t batch) const override;
  torch::Tensor Step(const torch::Tensor& x, MixerState* state) override;
  torch::Tensor Prefill(const torch::Tensor& x, MixerState* state) override;

 private:
  SoftmaxAttentionOptions options_;
  RelativePositions training_;
  RelativePositions inference_;
  std::shared_ptr<Projection> projection_;
  std::shared_ptr<AttentionScale> scale_;
};

}  // namespace bytepiece::lm
