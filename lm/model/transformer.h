// SPDX-License-Identifier: Apache-2.0
// The language model: embedding, layers, norm, logits.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "lm/attention/mixer.h"
#include "lm/model/block.h"
#include "lm/model/model_config.h"

namespace bytepiece::lm {

class Transformer : public torch::nn::Module {
 public:
  // Completes and checks the configuration, whose vocab_size must be set; seeds
  // LibTorch's default generator for the initial weights.
  static absl::StatusOr<std::shared_ptr<Transformer>> Create(ModelConfig config,
                                                             std::uint64_t seed);

  // ids [B, T], of int64 -> logits [B, T, V] of the ids that follow. Where padding follows
  // texts, is_text [B, T], bool, keeps training from learning of it (Mixer::ForwardPadded).
  torch::Tensor forward(const torch::Tensor& ids, const torch::Tensor& is_text = {});

  using State = std::vector<std::unique_ptr<MixerState>>;
  State NewState(std::int64_t batch) const;

  // ids [B] -> logits [B, V], as forward in inference gives them. Under NoGradGuard.
  torch::Tensor Step(const torch::Tensor& ids, State* state);

  // The next T >= 1 ids at once, [B, T] -> logits [B, V] after the last of them, as that
  // many Steps give. The state may hold positions already. Under NoGradGuard.
  torch::Tensor Prefill(const torch::Tensor& ids, State* state);

  // A state of its own for the batch of these rows of another's: MixerState::Select.
  static State Select(const State& state, const torch::Tensor& rows);

  // The sum over layers of what the latest forward asks for; undefined if none does.
  torch::Tensor AuxiliaryLoss() const;

  const ModelConfig& config() const { return config_; }
  std::int64_t NumParameters() const;
  torch::Device device() const { return embedding_.device(); }

 private:
  explicit Transformer(const ModelConfig& config);
  torch::Tensor Logits(const torch::Tensor& x);

  ModelConfig config_;
  torch::Tensor embedding_;  // [V, D]
  std::vector<std::shared_ptr<Block>> blocks_;
  std::shared_ptr<Norm> norm_;
  torch::Tensor output_;  // [V, D]; the embedding if tied
};

}  // namespace bytepiece::lm
