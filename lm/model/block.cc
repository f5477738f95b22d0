// SPDX-License-Identifier: Apache-2.0
#include "lm/model/block.h"

#include "lm/model/make_mixer.h"

namespace bytepiece::lm {

Block::Block(const LayerConfig& layer, NormKind norm, std::int64_t width) {
  mixer_norm_ = register_module("mixer_norm", std::make_shared<Norm>(norm, width));
  mixer_ = register_module("mixer", MakeMixer(layer, width));
  if (layer.block == BlockKind::kGau) return;
  feed_forward_norm_ = register_module("feed_forward_norm", std::make_shared<Norm>(norm, width));
  feed_forward_ =
      register_module("feed_forward", std::make_shared<FeedForward>(width, layer.ffn_width));
}

torch::Tensor Block::FeedForwardPart(const torch::Tensor& x) {
  return feed_forward_ == nullptr ? x : x + feed_forward_->forward(feed_forward_norm_->forward(x));
}

torch::Tensor Block::forward(const torch::Tensor& x, const torch::Tensor& is_text) {
  return FeedForwardPart(x + mixer_->ForwardPadded(mixer_norm_->forward(x), is_text));
}

std::unique_ptr<MixerState> Block::NewState(std::int64_t batch) const {
  return mixer_->NewState(batch);
}

torch::Tensor Block::Step(const torch::Tensor& x, MixerState* state) {
  return FeedForwardPart(x + mixer_->Step(mixer_norm_->forward(x), state));
}

torch::Tensor Block::Prefill(const torch::Tensor& x, MixerState* state) {
  return FeedForwardPart(x + mixer_->Prefill(mixer_norm_->forward(x), state));
}

}  // namespace bytepiece::lm
