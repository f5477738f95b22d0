// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrent_mixer.h"

namespace bytepiece::lm {
namespace {

struct RecurrentState : MixerState {
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
  auto* own = dynamic_cast<RecurrentState*>(state);
  TORCH_CHECK(own != nullptr, "the state of another mixer");
  const torch::Tensor inputs = Split(x.unsqueeze(1));
  if (own->state.empty()) own->state = recurrence_->Begin(inputs);
  return Merge(recurrence_->Next(inputs, &own->state)).squeeze(1);
}

}  // namespace bytepiece::lm
