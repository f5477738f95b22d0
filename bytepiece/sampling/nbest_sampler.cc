// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/nbest_sampler.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/nbest.h"
#include "bytepiece/matching/unigram_view.h"

namespace bytepiece {

NBestSampler::NBestSampler(const UnigramView& model, std::string_view chunk, std::size_t n,
                           double alpha) {
  const Lattice lattice(model, chunk);
  NBest nbest(&lattice);
  double best = 0;
  double sum = 0;
  while (paths_.size() < n) {
    const std::optional<ScoredPath> path = nbest.Next();
    if (!path) break;
    if (paths_.empty()) best = path->score;
    std::vector<std::int32_t>& values = paths_.emplace_back();
    values.reserve(path->edges.size());
    for (const std::size_t edge : path->edges) values.push_back(lattice.edges()[edge].value);
    // The best weighs 1: the sum neither underflows nor, being at most n, overflows.
    sum += std::exp(alpha * (path->score - best));
    cumulative_.push_back(sum);
  }
}

void NBestSampler::AppendSample(TokenId id_offset, RandomStream* random,
                                std::vector<TokenId>* ids) const {
  const double x = random->NextDouble() * cumulative_.back();
  // Rounding may make x the whole sum.
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, x);
  for (const std::int32_t value : paths_[static_cast<std::size_t>(found - cumulative_.begin())]) {
    ids->push_back(id_offset + value);
  }
}

}  // namespace bytepiece
