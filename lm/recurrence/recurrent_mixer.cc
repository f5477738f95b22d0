// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrent_mixer.h"

#include <vector>

namespace bytepiece::lm {
namespace {

struct RecurrentState : MixerState {
  std::unique_ptr<MixerState> Select(const torch::Tensor& rows) const override {
    auto selected = std::make_unique<RecurrentState>();
    for (const torch::Tensor& h : state) selected->state.push_back(h.index_select(0, rows));
    return selected;
  }

  RecurrenceState state;  // empty before the first position
};

}  // namespace

RecurrentMixer::RecurrentMixer(const RecurrentMixerOptions& options) : heads_(options.heads) {
  recurrence_ = register_module("recurrence",
                                MakeRecurrence(options.recurrence, heads_, options.state_width));
  const std::int64_t states = heads_ * options.state_width;
  in_ = register_module("in",
                        torch::nn::Linear(options.width, recurrence_->inputs_per_state() * states));
  out_ = register_module(
      "out", torch::nn::Linear(torch::nn::LinearOptions(states, options.width).bias(false)));
}

torch::Tensor RecurrentMixer::Split(const torch::Tensor& x) {
  return in_(x).view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
}

torch::Tensor RecurrentMixer::Merge(const torch::Tensor& states) {
  return out_(states.transpose(1, 2).reshape({states.size(0), states.size(2), -1}));
}

torch::Tensor RecurrentMixer::forward(const torch::Tensor& x) {
  return Merge(recurrence_->All(Split(x)));
}

std::unique_ptr<MixerState> RecurrentMixer::NewState(std::int64_t) const {
  return std::make_unique<RecurrentState>();
}

torch::Tensor RecurrentMixer::Step(const torch::Tensor& x, MixerState* state) {
  return Prefill(x.unsqueeze(1), state).squeeze(1);
}

torch::Tensor RecurrentMixer::Prefill(const torch::Tensor& x, MixerState* state) {
  auto* own = dynamic_cast<RecurrentState*>(state);
  TORCH_CHECK(own != nullptr, "the state of another mixer");
  const torch::Tensor inputs = Split(x);
  if (own->state.empty()) own->state = recurrence_->Begin(inputs.narrow(2, 0, 1));
  std::vector<torch::Tensor> states;
  for (std::int64_t t = 0; t < x.size(1); ++t) {
    states.push_back(recurrence_->Next(inputs.narrow(2, t, 1), &own->state));
  }
  return Merge(torch::cat(states, 2));
}

}  // namespace bytepiece::lm
