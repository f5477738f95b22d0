// SPDX-License-Identifier: Apache-2.0
// Attention as its formula has it, pair by pair from an explicit matrix of relative
// positions: the oracle of every faster form.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "lm/attention/positions.h"

namespace bytepiece::lm {

// P[i][j] of the definition (docs/method/positions.md), written apart from
// lm/attention/positions.cc; [T, T], double; 0 for j > i.
torch::Tensor DensePositions(const PositionOptions& options, std::int64_t length);

// The frequencies theta_m, m = 1..Dk/2.
torch::Tensor DenseFrequencies(const PositionOptions& options, std::int64_t key_width);

// Scores q_i^T R^(j - i) k_j with P for i - j; [B, H, T, T], every j.
torch::Tensor DenseScores(const torch::Tensor& q, const torch::Tensor& k,
                          const PositionOptions& options);

// softmax over j <= i, i - j < window (0: no limit), times v. Scores are not scaled.
torch::Tensor DenseAttention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                             const PositionOptions& options, std::int64_t window);

}  // namespace bytepiece::lm
