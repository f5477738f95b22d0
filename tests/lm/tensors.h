// SPDX-License-Identifier: Apache-2.0
// What the tests of the language model compare with: tensors from a seed, and how far
// two results and their gradients are apart.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "lm/attention/mixer.h"

namespace bytepiece::lm {

// Normal values in double, a function of the seed and the shape alone.
torch::Tensor RandomTensor(std::uint64_t seed, torch::IntArrayRef shape);

// The largest absolute difference; infinite for different shapes or a NaN.
double MaxDifference(const torch::Tensor& a, const torch::Tensor& b);

using Function = std::function<torch::Tensor(const std::vector<torch::Tensor>&)>;

// The gradients, with respect to each input, of a fixed random weighted sum of the
// function's result. An input that the result does not depend on has zeros.
std::vector<torch::Tensor> Gradients(const Function& function,
                                     const std::vector<torch::Tensor>& inputs);

// The largest difference between the results of two functions and between their
// gradients with respect to every input.
double Disagreement(const Function& a, const Function& b, const std::vector<torch::Tensor>& inputs);

// The largest |d y_t / d x_u| over all u > t, of y = function(x), x [1, T, D]: 0 for a
// causal function.
double NonCausality(const std::function<torch::Tensor(const torch::Tensor&)>& function,
                    const torch::Tensor& x);

// The largest difference, over all positions, between the mixer's forward in inference
// and its steps.
double StepDisagreement(Mixer* mixer, const torch::Tensor& x);

// The same for decoding in blocks: the text as a block up to each `cuts.first`, a second one
// up to `cuts.second`, then steps.
double PrefillDisagreement(Mixer* mixer, const torch::Tensor& x,
                           std::pair<std::int64_t, std::int64_t> cuts);

// The same for a state of two texts or more after `length` positions, and rows 1, 0, 1
// selected from it: both go on side by side, every row with an end of its own.
double SelectDisagreement(Mixer* mixer, const torch::Tensor& x, std::int64_t length);

}  // namespace bytepiece::lm
