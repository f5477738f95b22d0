// SPDX-License-Identifier: Apache-2.0
#include "tests/lm/tensors.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace bytepiece::lm {

torch::Tensor RandomTensor(std::uint64_t seed, torch::IntArrayRef shape) {
  return torch::randn(shape, at::detail::createCPUGenerator(seed), torch::kDouble);
}

double MaxDifference(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  if (a.numel() == 0) return 0;
  const double difference = (a - b).abs().max().item<double>();
  return difference >= 0 ? difference : std::numeric_limits<double>::infinity();  // NaN
}

std::vector<torch::Tensor> Gradients(const Function& function,
                                     const std::vector<torch::Tensor>& inputs) {
  std::vector<torch::Tensor> leaves;
  for (const torch::Tensor& input : inputs) {
    leaves.push_back(input.detach().clone().requires_grad_());
  }
  const torch::Tensor result = function(leaves);
  const torch::Tensor weights = RandomTensor(17, result.sizes());
  std::vector<torch::Tensor> gradients = torch::autograd::grad(
      {(result * weights).sum()}, leaves, {}, /*retain_graph=*/false, /*create_graph=*/false,
      /*allow_unused=*/true);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = torch::zeros_like(leaves[i]);
  }
  return gradients;
}

double Disagreement(const Function& a, const Function& b,
                    const std::vector<torch::Tensor>& inputs) {
  double worst = MaxDifference(a(inputs), b(inputs));
  const std::vector<torch::Tensor> of_a = Gradients(a, inputs);
  const std::vector<torch::Tensor> of_b = Gradients(b, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    worst = std::max(worst, MaxDifference(of_a[i], of_b[i]));
  }
  return worst;
}

double NonCausality(const std::function<torch::Tensor(const torch::Tensor&)>& function,
                    const torch::Tensor& x) {
  double worst = 0;
  for (std::int64_t t = 0; t + 1 < x.size(1); ++t) {
    const torch::Tensor leaf = x.detach().clone().requires_grad_();
    const torch::Tensor y = function(leaf).select(1, t).flatten();
    for (std::int64_t i = 0; i < y.size(0); ++i) {
      const torch::Tensor gradient = torch::autograd::grad({y[i]}, {leaf}, {}, true)[0];
      worst = std::max(worst, gradient.slice(1, t + 1).abs().max().item<double>());
    }
  }
  return worst;
}

namespace {

torch::Tensor InferenceForward(Mixer* mixer, const torch::Tensor& x) {
  const bool training = mixer->is_training();
  mixer->eval();
  torch::Tensor y = mixer->forward(x);
  mixer->train(training);
  return y;
}

// Of Steps from `begin` on, against columns of `parallel`.
double StepDisagreement(Mixer* mixer, const torch::Tensor& x, const torch::Tensor& parallel,
                        std::int64_t begin, MixerState* state) {
  double worst = 0;
  for (std::int64_t t = begin; t < x.size(1); ++t) {
    const torch::Tensor step = mixer->Step(x.select(1, t), state);
    worst = std::max(worst, MaxDifference(step, parallel.select(1, t)));
  }
  return worst;
}

}  // namespace

double StepDisagreement(Mixer* mixer, const torch::Tensor& x) {
  const torch::NoGradGuard no_grad;
  const std::unique_ptr<MixerState> state = mixer->NewState(x.size(0));
  return StepDisagreement(mixer, x, InferenceForward(mixer, x), 0, state.get());
}

double PrefillDisagreement(Mixer* mixer, const torch::Tensor& x,
                           std::pair<std::int64_t, std::int64_t> cuts) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor parallel = InferenceForward(mixer, x);
  const std::unique_ptr<MixerState> state = mixer->NewState(x.size(0));
  double worst = 0;
  const auto block = [&](std::int64_t begin, std::int64_t end) {
    const torch::Tensor y = mixer->Prefill(x.slice(1, begin, end), state.get());
    worst = std::max(worst, MaxDifference(y, parallel.slice(1, begin, end)));
  };
  block(0, cuts.first);
  if (cuts.second > cuts.first) block(cuts.first, cuts.second);
  return std::max(worst, StepDisagreement(mixer, x, parallel, cuts.second, state.get()));
}

double SelectDisagreement(Mixer* mixer, const torch::Tensor& x, std::int64_t length) {
  const torch::NoGradGuard no_grad;
  const std::unique_ptr<MixerState> state = mixer->NewState(x.size(0));
  if (length > 0) mixer->Prefill(x.slice(1, 0, length), state.get());
  const torch::Tensor rows = torch::tensor({1, 0, 1}, torch::kLong).to(x.device());
  const std::unique_ptr<MixerState> selected = state->Select(rows);
  const torch::Tensor ends = torch::stack({-x[0], x[1].flip(0), -x[1]}).slice(1, length);
  const torch::Tensor other = torch::cat({x.index_select(0, rows).slice(1, 0, length), ends}, 1);
  const torch::Tensor parallel = InferenceForward(mixer, x);
  const torch::Tensor other_parallel = InferenceForward(mixer, other);
  double worst = 0;
  for (std::int64_t t = length; t < x.size(1); ++t) {
    worst = std::max(
        worst, MaxDifference(mixer->Step(x.select(1, t), state.get()), parallel.select(1, t)));
    worst = std::max(worst, MaxDifference(mixer->Step(other.select(1, t), selected.get()),
                                          other_parallel.select(1, t)));
  }
  return worst;
}

}  // namespace bytepiece::lm
