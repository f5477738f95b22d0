// SPDX-License-Identifier: Apache-2.0
// The shares by which keys are given to c codes, and the score of a query and a code. The kernel of
// codebook attention is
//   kernel(q, k) = sum_y exp(score(q, y)) share(y, k),
// a sum over codes y, so that what is kept of keys, sum_j share(y, k_j) v_j, has a size
// that no length changes. Three kinds of share, or responsibility (Su,
// kexue.fm/archives/9844 and 9862):
// - hard: 1 for the code nearest to k, else 0; score = q.c_y. The kernel is exp(q.c) of
//   k's nearest code c, exactly: Transformer-VQ (Lingle, arXiv 2309.16354).
// - soft: softmax over y of -|k - c_y|^2 / (2 tau), the same score; tau -> 0 is hard.
// - Performer (Choromanski et al., arXiv 2009.14794): score = w_y.q - |q|^2 / 2 - ln c,
//   share = exp(w_y.k - |k|^2 / 2), for random w_y: the kernel is exp(q.k) on average.
//   Where all |w_y| are equal the share is the soft one with tau = 1, times a weight of
//   the key, lambda = sum_y exp(-|k - w_y|^2 / 2), times a constant.
//
// Shares are of the key alone, without regard to its neighbours: computed for one
// position or for many they are the same.
#pragma once

#include <torch/types.h>

namespace bytepiece::lm {

enum class ShareKind { kHard, kSoft, kPerformer };

struct Codes {
  ShareKind kind = ShareKind::kHard;
  torch::Tensor vectors;   // [H, c, Dk]; without gradient
  double temperature = 1;  // kSoft: tau, > 0
  // kPerformer: q is multiplied and k divided by it. exp(q.k) stays, its error does not:
  // the best choice makes both equally long.
  double balance = 1;
};

// k [B, H, T, Dk] -> the number of the nearest code [B, H, T], the first of codes equally
// near up to rounding: a tie falls out alike in every form of the computation.
torch::Tensor NearestCodes(const Codes& codes, const torch::Tensor& k);

// k [B, H, T, Dk] -> ln share [B, H, T, c]; differentiable unless kHard.
torch::Tensor LogShares(const Codes& codes, const torch::Tensor& k);

// q [B, H, T, Dk] -> score [B, H, T, c].
torch::Tensor CodeScores(const Codes& codes, const torch::Tensor& q);

// ln kernel(q, k_j), [B, H, Tq, Tk], from scores [B, H, Tq, c] and log shares
// [B, H, Tk, c]. A kernel that is nothing beside the largest that q and k could have
// (10^-38 of it in float) counts as that much.
torch::Tensor LogKernel(const torch::Tensor& scores, const torch::Tensor& log_shares);

}  // namespace bytepiece::lm
