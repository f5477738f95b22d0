// SPDX-License-Identifier: Apache-2.0
#include "lm/training/optimizer.h"

#include <torch/optim/adamw.h>

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

struct Toy : torch::nn::Module {
  Toy() {
    matrix = register_parameter("matrix", RandomTensor(1, {3, 4}));
    vector = register_parameter("vector", RandomTensor(2, {4}));
    unused = register_parameter("unused", RandomTensor(3, {2, 2}));
  }
  torch::Tensor Loss(int step) const {
    return (torch::matmul(RandomTensor(10 + step, {5, 3}), matrix) + vector).square().mean();
  }
  torch::Tensor matrix, vector, unused;
};

TEST_CASE("AdamW is LibTorch's, which decays what it is told to") {
  Toy ours, theirs;
  const torch::Tensor unused = ours.unused.detach().clone();
  Optimizer optimizer({.beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.3}, &ours);
  using Options = torch::optim::AdamWOptions;
  const Options options = Options(0.01).betas({0.8, 0.9}).eps(1e-8);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(std::vector<torch::Tensor>{theirs.matrix},
                      std::make_unique<Options>(Options(options).weight_decay(0.3)));
  groups.emplace_back(std::vector<torch::Tensor>{theirs.vector},
                      std::make_unique<Options>(Options(options).weight_decay(0)));
  torch::optim::AdamW reference(groups, options);
  for (int step = 0; step < 12; ++step) {
    optimizer.ClearGradients();
    ours.Loss(step).backward();
    optimizer.Step(0.01);
    reference.zero_grad();
    theirs.Loss(step).backward();
    reference.step();
  }
  CHECK(MaxDifference(ours.matrix, theirs.matrix) < 1e-12);
  CHECK(MaxDifference(ours.vector, theirs.vector) < 1e-12);
  CHECK(ours.unused.equal(unused));  // no gradient, no step
}

TEST_CASE("Lion is its formula") {
  Toy toy;
  Optimizer optimizer(
      {.kind = OptimizerKind::kLion, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1}, &toy);
  torch::Tensor w = toy.matrix.detach().clone(), m = torch::zeros_like(w);
  for (int step = 0; step < 5; ++step) {
    optimizer.ClearGradients();
    toy.Loss(step).backward();
    const torch::Tensor g = toy.matrix.grad().clone();
    w = w - 0.01 * ((0.9 * m + 0.1 * g).sign() + 0.1 * w);
    m = 0.99 * m + 0.01 * g;
    optimizer.Step(0.01);
    CHECK(MaxDifference(toy.matrix.detach(), w) < 1e-12);
  }
}

TEST_CASE("the norm and the scaling of gradients") {
  Toy toy;
  Optimizer optimizer({}, &toy);
  CHECK(optimizer.GradientNorm() == 0);
  (toy.matrix.sum() * 3 + toy.vector.sum() * 4).backward();
  CHECK(optimizer.GradientNorm() == Approx(std::sqrt(12 * 9 + 4 * 16)));
  optimizer.ScaleGradients(0.5);
  CHECK(optimizer.GradientNorm() == Approx(0.5 * std::sqrt(12 * 9 + 4 * 16)));
}

TEST_CASE("state restored, the steps go on to the bit; another model's is refused") {
  for (const OptimizerKind kind : {OptimizerKind::kAdamW, OptimizerKind::kLion}) {
    Toy through, stopped;
    Optimizer first({.kind = kind}, &through), before({.kind = kind}, &stopped);
    for (int step = 0; step < 4; ++step) {
      for (auto* pair : {&first, &before}) pair->ClearGradients();
      through.Loss(step).backward();
      first.Step(0.1);
      if (step >= 2) continue;
      stopped.Loss(step).backward();
      before.Step(0.1);
    }
    Optimizer after({.kind = kind}, &stopped);
    after.Restore(before.State());
    CHECK(after.steps() == 2);
    for (int step = 2; step < 4; ++step) {
      after.ClearGradients();
      stopped.Loss(step).backward();
      after.Step(0.1);
    }
    CHECK(stopped.matrix.equal(through.matrix));
    auto state = before.State();
    state["mean.matrix"] = torch::zeros({1});
    CHECK_THROWS_AS(after.Restore(state), c10::Error);
    state.erase("mean.matrix");
    CHECK_THROWS_AS(after.Restore(state), c10::Error);
  }
}

}  // namespace
}  // namespace bytepiece::lm
