// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/code_shares.h"

#include <cmath>
#include <limits>

namespace bytepiece::lm {
namespace {

// Far above the rounding of sums in double, far below what tells codes apart.
constexpr double kTie = 1e-12;

// k.c - |c|^2 / 2: up to a term of k alone, minus half the squared distance. In double,
// whose rounding depends on how many positions there are, but not so that it matters.
torch::Tensor Closeness(const torch::Tensor& codes, const torch::Tensor& k) {
  const torch::Tensor c = codes.to(torch::kDouble);
  return torch::matmul(k.to(torch::kDouble), c.transpose(-2, -1)) -
         c.square().sum(-1).div(2).unsqueeze(-2);
}

// w.x - |x|^2 / 2.
torch::Tensor LogFeatures(const torch::Tensor& w, const torch::Tensor& x) {
  return torch::matmul(x, w.transpose(-2, -1)) - x.square().sum(-1, true).div(2);
}

double SmallestNormal(const torch::Tensor& x) {
  return x.scalar_type() == torch::kDouble ? std::numeric_limits<double>::min()
                                           : std::numeric_limits<float>::min();
}

}  // namespace

torch::Tensor NearestCodes(const Codes& codes, const torch::Tensor& k) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor closeness = Closeness(codes.vectors, k);
  const torch::Tensor slack = kTie * closeness.abs().amax(-1, true);
  // argmax gives the first of equals.
  return closeness.ge(closeness.amax(-1, true) - slack).to(torch::kByte).argmax(-1);
}

torch::Tensor LogShares(const Codes& codes, const torch::Tensor& k) {
  switch (codes.kind) {
    case ShareKind::kSoft:
      return torch::log_softmax(Closeness(codes.vectors, k) / codes.temperature, -1).to(k.dtype());
    case ShareKind::kPerformer:
      return LogFeatures(codes.vectors, k / codes.balance);
    case ShareKind::kHard:
      break;
  }
  return torch::full({k.size(0), k.size(1), k.size(2), codes.vectors.size(1)},
                     -std::numeric_limits<double>::infinity(), k.options())
      .scatter_(-1, NearestCodes(codes, k).unsqueeze(-1), 0);
}

torch::Tensor CodeScores(const Codes& codes, const torch::Tensor& q) {
  if (codes.kind != ShareKind::kPerformer) {
    return torch::matmul(q, codes.vectors.transpose(-2, -1));
  }
  return LogFeatures(codes.vectors, q * codes.balance) -
         std::log(static_cast<double>(codes.vectors.size(1)));
}

torch::Tensor LogKernel(const torch::Tensor& scores, const torch::Tensor& log_shares) {
  const torch::Tensor of_query = scores.detach().amax(-1, true);
  const torch::Tensor of_key = log_shares.detach().amax(-1, true);
  const torch::Tensor kernel =
      torch::matmul((scores - of_query).exp(), (log_shares - of_key).exp().transpose(-2, -1));
  return kernel.clamp_min(SmallestNormal(kernel)).log() + of_query + of_key.transpose(-2, -1);
}

}  // namespace bytepiece::lm
