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

double StepDisagreement(Mixer* mixer, const torch::Tensor& x) {
  const torch::NoGradGuard no_grad;
  const bool training = mixer->is_training();
  mixer->eval();
  const torch::Tensor parallel = mixer->forward(x);
  mixer->train(training);
  const std::unique_ptr<MixerState> state = mixer->NewState(x.size(0));
  double worst = 0;
  for (std::int64_t t = 0; t < x.size(1); ++t) {
    const torch::Tensor step = mixer->Step(x.select(1, t), state.get());
    worst = std::max(worst, MaxDifference(step, parallel.select(1, t)));
  }
  return worst;
}

}  // namespace bytepiece::lm
