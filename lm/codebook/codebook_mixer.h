// SPDX-License-Identifier: Apache-2.0
// Codebook attention as a layer's mixer: projection, codebook, codebook_attention.h. Time a
// token does not depend on the length; neither does what decoding remembers: the codes'
// counts and sums, and the keys and values of two blocks at most.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "lm/attention/attention_scale.h"
#include "lm/attention/mixer.h"
#include "lm/attention/positions.h"
#include "lm/attention/projection.h"
#include "lm/codebook/codebook.h"
#include "lm/codebook/codebook_attention.h"

namespace bytepiece::lm {

struct CodebookMixerOptions {
  ProjectionOptions projection = {};
  // Either both are kNone, for a learned window bias, or both kReRope, with windows up to `block`.
  PositionOptions training = {.kind = PositionKind::kNone};
  PositionOptions inference = {.kind = PositionKind::kNone};
  ScaleOptions scale = {};
  CodebookOptions codebook = {};
  std::int64_t block = 64;
  // The auxiliary loss is this times the average squared difference, a coordinate, of
  // keys and the codes they are shared out to (of soft shares, their weighted mean). It
  // keeps keys near codes; codes follow keys of themselves. A Performer has none.
  double commitment = 0.1;
};

class CodebookMixer : public Mixer {
 public:
  explicit CodebookMixer(const CodebookMixerOptions& options);

  // Codes learn from x in training, padding left out, after the result is computed, and
  // AuxiliaryLoss is set.
  torch::Tensor forward(const torch::Tensor& x) override { return ForwardPadded(x, {}); }
  torch::Tensor ForwardPadded(const torch::Tensor& x, const torch::Tensor& is_text) override;
  std::unique_ptr<MixerState> NewState(std::int64_t batch) const override;
  torch::Tensor Step(const torch::Tensor& x, MixerState* state) override;
  torch::Tensor Prefill(const torch::Tensor& x, MixerState* state) override;
  torch::Tensor AuxiliaryLoss() const override { return auxiliary_loss_; }

 private:
  CodebookAttention Begin(bool training) const;

  CodebookMixerOptions options_;
  RelativePositions training_;
  RelativePositions inference_;
  std::shared_ptr<Projection> projection_;
  std::shared_ptr<AttentionScale> scale_;
  std::shared_ptr<Codebook> codebook_;
  torch::Tensor window_bias_;  // [H (block + 1)]; undefined with ReRoPE
  torch::Tensor auxiliary_loss_;
};

}  // namespace bytepiece::lm
