// SPDX-License-Identifier: Apache-2.0
#include "lm/model/transformer.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "lm/model/torch_status.h"

namespace bytepiece::lm {

absl::StatusOr<std::shared_ptr<Transformer>> Transformer::Create(ModelConfig config,
                                                                 std::uint64_t seed) {
  if (absl::Status status = CompleteModelConfig(&config); !status.ok()) return status;
  if (config.vocab_size < 1) {
    return absl::InvalidArgumentError("the model's vocab_size is not set");
  }
  std::shared_ptr<Transformer> model;
  absl::Status status = CatchTorch("making the model", [&] {
    torch::manual_seed(seed);
    model.reset(new Transformer(config));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return model;
}

Transformer::Transformer(const ModelConfig& config) : config_(config) {
  // Logits of a new model are of order 1: rows of length about 1 against a normalised x.
  const double deviation = 1 / std::sqrt(static_cast<double>(config.width));
  const auto matrix = [&] { return deviation * torch::randn({config.vocab_size, config.width}); };
  embedding_ = register_parameter("embedding", matrix());
  for (std::size_t i = 0; i < config.layers.size(); ++i) {
    blocks_.push_back(
        register_module(absl::StrCat("layer", i),
                        std::make_shared<Block>(config.layers[i], config.norm, config.width)));
  }
  norm_ = register_module("norm", std::make_shared<Norm>(config.norm, config.width));
  if (!config.tied_embeddings) output_ = register_parameter("output", matrix());
}

torch::Tensor Transformer::Logits(const torch::Tensor& x) {
  const torch::Tensor& output = config_.tied_embeddings ? embedding_ : output_;
  return torch::matmul(norm_->forward(x), output.t());
}

torch::Tensor Transformer::forward(const torch::Tensor& ids, const torch::Tensor& is_text) {
  torch::Tensor x = torch::embedding(embedding_, ids);
  for (const auto& block : blocks_) x = block->forward(x, is_text);
  return Logits(x);
}

Transformer::State Transformer::NewState(std::int64_t batch) const {
  State state;
  for (const auto& block : blocks_) state.push_back(block->NewState(batch));
  return state;
}

torch::Tensor Transformer::Step(const torch::Tensor& ids, State* state) {
  torch::Tensor x = torch::embedding(embedding_, ids);
  for (std::size_t i = 0; i < blocks_.size(); ++i) x = blocks_[i]->Step(x, (*state)[i].get());
  return Logits(x);
}

torch::Tensor Transformer::Prefill(const torch::Tensor& ids, State* state) {
  // The positions taken at a time: beyond so many time is won no more, and memory is lost.
  constexpr std::int64_t kPositions = 2048;
  torch::Tensor x;
  for (const torch::Tensor& part : ids.split(kPositions, 1)) {
    x = torch::embedding(embedding_, part);
    for (std::size_t i = 0; i < blocks_.size(); ++i) x = blocks_[i]->Prefill(x, (*state)[i].get());
  }
  return Logits(x.select(1, x.size(1) - 1));
}

Transformer::State Transformer::Select(const State& state, const torch::Tensor& rows) {
  State selected;
  for (const auto& layer : state) selected.push_back(layer->Select(rows));
  return selected;
}

torch::Tensor Transformer::AuxiliaryLoss() const {
  torch::Tensor sum;
  for (const auto& block : blocks_) {
    const torch::Tensor loss = block->AuxiliaryLoss();
    if (loss.defined()) sum = sum.defined() ? sum + loss : loss;
  }
  return sum;
}

std::int64_t Transformer::NumParameters() const {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

}  // namespace bytepiece::lm
