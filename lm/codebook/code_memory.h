// SPDX-License-Identifier: Apache-2.0
// The sums that codebook attention keeps of keys and values: for every code y
//   counts_y = sum_j share(y, k_j),  sums_y = sum_j share(y, k_j) v_j,
// kept relative to the largest share that the code has had, so that nothing overflows and
// nothing that counts is lost.
#pragma once

#include <torch/types.h>

namespace bytepiece::lm {

class CodeMemory {
 public:
  // log_shares [B, H, T, c], values [B, H, T, Dv]. -infinity is a share of nothing.
  void Fold(const torch::Tensor& log_shares, const torch::Tensor& values);

  // The memory of the batch made of these rows, int64 [n].
  CodeMemory Select(const torch::Tensor& rows) const;

  bool empty() const { return !counts_.defined(); }

  // The memory must not be empty. To a softmax, a code is one key with
  //   the logit score(q, y) + LogCounts and the value Means.
  torch::Tensor LogCounts() const;  // [B, H, 1, c]; -infinity where nothing came
  torch::Tensor Means() const;      // [B, H, c, Dv]

 private:
  torch::Tensor largest_;  // [B, H, c, 1]: of the log shares; without gradient
  torch::Tensor counts_;   // [B, H, c, 1]: relative to it, hence 1 or more, or 0
  torch::Tensor sums_;     // [B, H, c, Dv]
};

}  // namespace bytepiece::lm
