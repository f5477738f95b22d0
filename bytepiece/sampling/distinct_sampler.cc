// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/distinct_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bytepiece {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// Standard Gumbel, finite.
double Gumbel(RandomStream* random) {
  double uniform = 0;
  while (uniform == 0) uniform = random->NextDouble();
  return -std::log(-std::log(uniform));
}

// ln(1 - exp(x)), x <= 0.
double LogOneMinusExp(double x) {
  return x > -0.6931 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

// Moves a Gumbel variable `g`, one of several whose largest is `largest`, to where
// it would be were the largest `maximum` (appendix B.3 of the paper):
// -ln(exp(-maximum) - exp(-largest) + exp(-g)) without cancellation.
double Condition(double g, double largest, double maximum) {
  const double v = maximum - g + LogOneMinusExp(g - largest);
  return maximum - std::max(0.0, v) - std::log1p(std::exp(-std::abs(v)));
}

}  // namespace

DistinctSampler::DistinctSampler(const Lattice* lattice, const Posterior* posterior,
                                 RandomStream random)
    : lattice_(*lattice), posterior_(*posterior), random_(random) {
  endings_.push_back({0, lattice_.size(), kNone, kNone});
  heap_.push_back({Gumbel(&random_), 0});
}

std::optional<DistinctSample> DistinctSampler::Next() {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), ComesAfter);
    const Open open = heap_.back();
    heap_.pop_back();
    const Ending& ending = endings_[open.ending];
    if (ending.position > 0) {
      Expand(open);
      continue;
    }
    DistinctSample sample{{}, ending.log_probability, open.perturbed};
    for (std::size_t i = open.ending; endings_[i].edge != kNone; i = endings_[i].after) {
      sample.edges.push_back(endings_[i].edge);
    }
    return sample;
  }
  return std::nullopt;
}

double DistinctSampler::threshold() const {
  return heap_.empty() ? -std::numeric_limits<double>::infinity() : heap_.front().perturbed;
}

void DistinctSampler::Expand(const Open& open) {
  const Ending ending = endings_[open.ending];
  const std::size_t first_child = endings_.size();
  const std::size_t first_open = heap_.size();
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = lattice_.first_edge(ending.position);
       i < lattice_.first_edge(ending.position + 1); ++i) {
    const double log_probability =
        ending.log_probability + posterior_.conditional_log_probabilities()[i];
    endings_.push_back({log_probability, lattice_.edges()[i].begin, i, open.ending});
    heap_.push_back(
        {log_probability + Gumbel(&random_), first_child + (heap_.size() - first_open)});
    largest = std::max(largest, heap_.back().perturbed);
  }
  // One after the other: the heap is one only up to there.
  for (std::size_t i = first_open; i < heap_.size(); ++i) {
    heap_[i].perturbed = Condition(heap_[i].perturbed, largest, open.perturbed);
    std::push_heap(heap_.begin(), heap_.begin() + static_cast<std::ptrdiff_t>(i + 1), ComesAfter);
  }
}

// On a tie, which takes two equal random numbers, the one met first.
bool DistinctSampler::ComesAfter(const Open& a, const Open& b) {
  return a.perturbed != b.perturbed ? a.perturbed < b.perturbed : a.ending > b.ending;
}

double InclusionProbability(double log_probability, double threshold) {
  return -std::expm1(-std::exp(log_probability - threshold));
}

}  // namespace bytepiece
