// SPDX-License-Identifier: Apache-2.0
#include "lm/training/optimizer.h"

#include <cmath>

namespace bytepiece::lm {

Optimizer::Optimizer(const OptimizerOptions& options, torch::nn::Module* module)
    : options_(options) {
  for (const auto& item : module->named_parameters()) {
    Slot& slot = slots_[item.key()];
    slot.parameter = item.value();
    slot.mean = torch::zeros_like(item.value());
    if (options.kind == OptimizerKind::kAdamW) slot.square = torch::zeros_like(item.value());
  }
}

void Optimizer::StepAdamW(double learning_rate, Slot* slot) const {
  const torch::Tensor& gradient = slot->parameter.grad();
  slot->mean.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
  slot->square.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  const auto steps = static_cast<double>(steps_);
  const double mean_share = 1 - std::pow(options_.beta1, steps);
  const double square_share = 1 - std::pow(options_.beta2, steps);
  const torch::Tensor denominator =
      slot->square.sqrt().div_(std::sqrt(square_share)).add_(options_.epsilon);
  slot->parameter.addcdiv_(slot->mean, denominator, -learning_rate / mean_share);
}

void Optimizer::StepLion(double learning_rate, Slot* slot) const {
  const torch::Tensor& gradient = slot->parameter.grad();
  const torch::Tensor direction =
      (slot->mean * options_.beta1).add_(gradient, 1 - options_.beta1).sign_();
  slot->parameter.add_(direction, -learning_rate);
  slot->mean.mul_(options_.beta2).add_(gradient, 1 - options_.beta2);
}

void Optimizer::Step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  ++steps_;
  for (auto& [name, slot] : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    if (slot.parameter.dim() >= 2) slot.parameter.mul_(1 - learning_rate * options_.weight_decay);
    if (options_.kind == OptimizerKind::kAdamW) {
      StepAdamW(learning_rate, &slot);
    } else {
      StepLion(learning_rate, &slot);
    }
  }
}

void Optimizer::ClearGradients() {
  for (auto& [name, slot] : slots_) slot.parameter.mutable_grad().reset();
}

double Optimizer::GradientNorm() const {
  double squares = 0;
  for (const auto& [name, slot] : slots_) {
    const torch::Tensor& gradient = slot.parameter.grad();
    if (!gradient.defined()) continue;
    const double norm = gradient.norm().item<double>();
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void Optimizer::ScaleGradients(double factor) {
  for (auto& [name, slot] : slots_) {
    if (slot.parameter.grad().defined()) slot.parameter.mutable_grad().mul_(factor);
  }
}

std::map<std::string, torch::Tensor> Optimizer::State() const {
  std::map<std::string, torch::Tensor> state = {{"steps", torch::tensor(steps_)}};
  for (const auto& [name, slot] : slots_) {
    state["mean." + name] = slot.mean;
    if (slot.square.defined()) state["square." + name] = slot.square;
  }
  return state;
}

void Optimizer::Restore(const std::map<std::string, torch::Tensor>& state) {
  const torch::NoGradGuard no_grad;
  const auto restore = [&](const std::string& name, torch::Tensor* tensor) {
    const auto found = state.find(name);
    TORCH_CHECK(found != state.end(), "the checkpoint lacks ", name, " of the optimizer");
    TORCH_CHECK(found->second.sizes() == tensor->sizes(), name, " has another shape");
    tensor->copy_(found->second);
  };
  torch::Tensor steps = torch::tensor(steps_);
  restore("steps", &steps);
  steps_ = steps.item<std::int64_t>();
  for (auto& [name, slot] : slots_) {
    restore("mean." + name, &slot.mean);
    if (slot.square.defined()) restore("square." + name, &slot.square);
  }
}

}  // namespace bytepiece::lm
