// SPDX-License-Identifier: Apache-2.0
// Linear recurrences over time, all positions at once:
//   h_t = a_t h_{t-1} + b_t, h_{-1} = 0.
//
// Maps h -> a h + b compose to maps of the same kind, so neighbours are composed in pairs,
// the half as long recurrence of the pairs is solved, and the positions between are filled
// in: 2 T compositions in all, in 2 log2 T rounds of elementwise or batched work, for any
// length (Blelloch, "Prefix sums and their applications", 1990). The loop over time needs
// T rounds of one position each.
//
// Products of many a's are formed on the way: where they overflow, the result is not
// finite, even where the loop's is.
#pragma once

#include <torch/types.h>

namespace bytepiece::lm {

struct Transitions {
  // diagonal: [..., T, d], else matrices [..., T, d, d]. The leading dimensions may be
  // fewer than the states', or 1, and T may be 1: the same at every position.
  torch::Tensor a;
  bool diagonal = true;
};

// b [..., T, d], T >= 1 -> h [..., T, d]; real or complex. Has a derivative with respect
// to a and b, which costs one AdjointScan (no second derivative).
torch::Tensor AffineScan(const Transitions& transitions, const torch::Tensor& b);

// The transposed recurrence, from the end: l_t = a_{t+1}^H l_{t+1} + g_t, l_T = 0. Given
// the derivatives g_t with respect to each h_t alone, the l_t are those with respect to
// b_t, by way of every later h. Not differentiable.
torch::Tensor AdjointScan(const Transitions& transitions, const torch::Tensor& g);

// a_t h_t at every position, h [..., T, d].
torch::Tensor Apply(const Transitions& transitions, const torch::Tensor& h);

// h_{t-1} for h [..., T, d], zeros at t = 0.
torch::Tensor Previous(const torch::Tensor& h);

}  // namespace bytepiece::lm
