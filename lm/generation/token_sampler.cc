// SPDX-License-Identifier: Apache-2.0
#include "lm/generation/token_sampler.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bytepiece::lm {
namespace {

struct Candidate {
  double logit = 0;
  TokenId id = 0;
};

bool IsBetter(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// Best first, the best `top_k` alone.
std::vector<Candidate> Candidates(const torch::Tensor& logits, std::int64_t top_k) {
  const torch::Tensor values = logits.to(torch::kCPU, torch::kDouble).contiguous();
  const auto cell = values.accessor<double, 1>();
  std::vector<Candidate> candidates;
  for (std::int64_t id = 0; id < values.size(0); ++id) {
    if (id == kPadId || id == kBosId) continue;
    candidates.push_back({cell[id], static_cast<TokenId>(id)});
  }
  const auto count = static_cast<std::int64_t>(candidates.size());
  const std::int64_t kept = top_k > 0 ? std::min(top_k, count) : count;
  std::partial_sort(candidates.begin(), candidates.begin() + kept, candidates.end(), IsBetter);
  candidates.resize(static_cast<std::size_t>(kept));
  return candidates;
}

}  // namespace

TokenId SampleToken(const torch::Tensor& logits, const TokenSamplerOptions& options,
                    RandomStream* random) {
  if (options.temperature == 0) return Candidates(logits, 1).front().id;
  const std::vector<Candidate> candidates = Candidates(logits, options.top_k);
  std::vector<double> sums;  // of the weights up to each candidate
  double sum = 0;
  for (const Candidate& candidate : candidates) {
    sum += std::exp((candidate.logit - candidates.front().logit) / options.temperature);
    sums.push_back(sum);
  }
  const double limit = options.top_p * sum;
  const auto last = std::lower_bound(sums.begin(), sums.end(), limit);
  const double total = last == sums.end() ? sum : *last;
  const auto drawn = std::upper_bound(sums.begin(), sums.end(), random->NextDouble() * total);
  const auto index =
      std::min<std::ptrdiff_t>(drawn - sums.begin(), static_cast<std::ptrdiff_t>(sums.size()) - 1);
  return candidates[static_cast<std::size_t>(index)].id;
}

}  // namespace bytepiece::lm
