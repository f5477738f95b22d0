// SPDX-License-Identifier: Apache-2.0
// Codebook attention as its formula has it, pair by pair and code by code, without blocks,
// memory or stabilisation: the oracle of lm/codebook/codebook_attention.h.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "lm/attention/positions.h"
#include "lm/codebook/code_shares.h"

namespace bytepiece::lm {

// The nearest code vector of each key, found by its distance, one by one; [B, H, T, Dk].
torch::Tensor DenseQuantised(const torch::Tensor& codes, const torch::Tensor& k);

// share(y, k_j) [B, H, T, c] by the definition.
torch::Tensor DenseShares(const Codes& codes, const torch::Tensor& k);

// The result [B, H, T, Dv]. Detached as the method does: with hard shares, keys and values
// two blocks and more before the query's have no gradient, nearer keys the quantised one's.
// `bias` [H, block + 1], or undefined for positions of kind kReRope.
torch::Tensor DenseCodebookAttention(const torch::Tensor& q, const torch::Tensor& k,
                                     const torch::Tensor& v, const Codes& codes, std::int64_t block,
                                     const PositionOptions& positions, const torch::Tensor& bias);

}  // namespace bytepiece::lm
