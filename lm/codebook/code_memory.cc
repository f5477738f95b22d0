// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/code_memory.h"

#include <limits>

namespace bytepiece::lm {
namespace {

// The measure of shares; where all are nothing, anything would do.
torch::Tensor Finite(const torch::Tensor& largest) {
  return largest.masked_fill(largest.eq(-std::numeric_limits<double>::infinity()), 0);
}

}  // namespace

void CodeMemory::Fold(const torch::Tensor& log_shares, const torch::Tensor& values) {
  const torch::Tensor by_code = log_shares.transpose(-2, -1);  // [B, H, c, T]
  torch::Tensor largest = by_code.detach().amax(-1, true);
  if (!empty()) largest = torch::maximum(largest, largest_);
  const torch::Tensor reference = Finite(largest);
  const torch::Tensor shares = (by_code - reference).exp();
  torch::Tensor counts = shares.sum(-1, true);
  torch::Tensor sums = torch::matmul(shares, values);
  if (!empty()) {
    const torch::Tensor kept = (largest_ - reference).exp();
    counts = counts + kept * counts_;
    sums = sums + kept * sums_;
  }
  largest_ = largest;
  counts_ = counts;
  sums_ = sums;
}

CodeMemory CodeMemory::Select(const torch::Tensor& rows) const {
  CodeMemory selected;
  if (empty()) return selected;
  selected.largest_ = largest_.index_select(0, rows);
  selected.counts_ = counts_.index_select(0, rows);
  selected.sums_ = sums_.index_select(0, rows);
  return selected;
}

torch::Tensor CodeMemory::LogCounts() const {
  return (counts_.log() + Finite(largest_)).transpose(-2, -1);
}

torch::Tensor CodeMemory::Means() const { return sums_ / counts_.clamp_min(1); }

}  // namespace bytepiece::lm
