// SPDX-License-Identifier: Apache-2.0
// AdamW (Loshchilov and Hutter, arXiv 1711.05101) and Lion (Chen et al., arXiv
// 2302.06675), with state that is saved by name: LibTorch's own optimisers key theirs by
// addresses, so that no two checkpoints of the same run are equal.
//
// AdamW: m and v are the averages of g and g^2, corrected for their start; w falls by
// rate (m / (sqrt(v) + eps) + decay w). Lion: w falls by rate (sign(b1 m + (1 - b1) g) +
// decay w), then m = b2 m + (1 - b2) g; it wants a rate about 5 times smaller.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace bytepiece::lm {

enum class OptimizerKind { kAdamW, kLion };

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kAdamW;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;      // AdamW
  double weight_decay = 0.1;  // of matrices; vectors (norms, biases) are let alone

  friend bool operator==(const OptimizerOptions&, const OptimizerOptions&) = default;
};

class Optimizer {
 public:
  // The module must outlive the optimizer.
  Optimizer(const OptimizerOptions& options, torch::nn::Module* module);

  // One step along the gradients that are there; they stay.
  void Step(double learning_rate);
  void ClearGradients();

  // The Euclidean norm of all gradients together.
  double GradientNorm() const;
  void ScaleGradients(double factor);

  std::int64_t steps() const { return steps_; }

  // The state as named tensors, and back; Restore throws c10::Error for names or shapes
  // that are not this optimizer's.
  std::map<std::string, torch::Tensor> State() const;
  void Restore(const std::map<std::string, torch::Tensor>& state);

 private:
  struct Slot {
    torch::Tensor parameter;
    torch::Tensor mean;    // m
    torch::Tensor square;  // v; AdamW
  };

  void StepAdamW(double learning_rate, Slot* slot) const;
  void StepLion(double learning_rate, Slot* slot) const;

  OptimizerOptions options_;
  std::int64_t steps_ = 0;
  std::map<std::string, Slot> slots_;
};

}  // namespace bytepiece::lm
