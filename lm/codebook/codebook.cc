// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace bytepiece::lm {
namespace {

constexpr double kDeadShare = 0.02;

// [count, width]: rows orthogonal within each group of `width`, uniform in direction.
torch::Tensor OrthogonalRows(std::int64_t count, std::int64_t width, bool equal_norm) {
  std::vector<torch::Tensor> groups;
  for (std::int64_t done = 0; done < count; done += width) {
    const torch::Tensor normal = torch::randn({width, width}, torch::kDouble);
    const auto [q, r] = torch::linalg_qr(normal);
    // QR as computed prefers signs; with r's diagonal positive, q is uniform.
    torch::Tensor rows = (q * r.diagonal().sign()).t();
    rows = rows * (equal_norm ? torch::full({width, 1}, std::sqrt(static_cast<double>(width)),
                                            torch::kDouble)
                              : torch::randn({width, width}, torch::kDouble).norm(2, -1, true));
    groups.push_back(rows.slice(0, 0, std::min(width, count - done)));
  }
  return torch::cat(groups);
}

// [B, H, T, Dk] -> [H, B T, Dk].
torch::Tensor ByHead(const torch::Tensor& keys) { return keys.transpose(0, 1).flatten(1, 2); }

}  // namespace

void CodeTally::Add(const torch::Tensor& log_shares, const torch::Tensor& keys) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor shares = log_shares.exp();
  const torch::Tensor counts = shares.sum(torch::IntArrayRef({0, 2}));
  const torch::Tensor sums = torch::matmul(shares.transpose(-2, -1), keys).sum(0);
  counts_ = counts_.defined() ? counts_ + counts : counts;
  sums_ = sums_.defined() ? sums_ + sums : sums;
}

Codebook::Codebook(const CodebookOptions& options, std::int64_t heads, std::int64_t key_width)
    : options_(options) {
  torch::Tensor vectors = torch::randn({heads, options.codes, key_width});
  if (!learns()) {
    for (std::int64_t head = 0; head < heads; ++head) {
      vectors[head].copy_(OrthogonalRows(options.codes, key_width, options.equal_norm));
    }
  }
  vectors_ = register_buffer("vectors", vectors);
  counts_ = register_buffer("counts", torch::zeros({heads, options.codes}));
}

Codes Codebook::Current() const {
  return {.kind = options_.kind,
          .vectors = vectors_.clone(),
          .temperature = options_.temperature,
          // Queries come divided by sqrt(Dk), unless the scale is an unusual one.
          .balance = std::pow(static_cast<double>(vectors_.size(2)), 0.25)};
}

void Codebook::Begin(const torch::Tensor& keys) {
  const torch::NoGradGuard no_grad;
  if (counts_.sum().item<double>() > 0) return;
  const torch::Tensor all = ByHead(keys);
  const std::int64_t codes = counts_.size(1);
  std::vector<torch::Tensor> drawn;  // without repetition, as long as keys last
  for (std::int64_t count = 0; count < codes; count += all.size(1)) {
    drawn.push_back(torch::randperm(all.size(1), torch::kLong));
  }
  vectors_.copy_(all.index_select(1, torch::cat(drawn).slice(0, 0, codes).to(all.device())));
  counts_.fill_(static_cast<double>(all.size(1)) / static_cast<double>(codes));
}

void Codebook::Learn(const CodeTally& tally, const torch::Tensor& keys) {
  const torch::NoGradGuard no_grad;
  const double fresh = 1 - options_.decay;
  torch::Tensor counts = options_.decay * counts_ + fresh * tally.counts();
  const torch::Tensor moved = tally.sums() - tally.counts().unsqueeze(-1) * vectors_;
  torch::Tensor vectors =
      vectors_ + fresh * moved / counts.clamp_min(std::numeric_limits<float>::min()).unsqueeze(-1);
  // Drawn whether or not a code is dead: to look would make a GPU wait.
  const torch::Tensor all = ByHead(keys);
  const torch::Tensor drawn = torch::randint(all.size(1), {counts.size(1)}, torch::kLong);
  const torch::Tensor average = counts.mean(-1, true);
  const torch::Tensor dead = counts < kDeadShare * average;
  vectors_.copy_(
      torch::where(dead.unsqueeze(-1), all.index_select(1, drawn.to(all.device())), vectors));
  counts_.copy_(torch::where(dead, average.expand_as(counts), counts));
}

}  // namespace bytepiece::lm
