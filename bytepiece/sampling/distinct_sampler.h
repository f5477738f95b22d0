// SPDX-License-Identifier: Apache-2.0
// Distinct random segmentations of a chunk: without replacement, exactly, and
// with what unbiased estimates need.
//
// Give each segmentation y of probability p(y) = exp(phi) a perturbed log
// probability G(y) = phi + Gumbel noise, all independent. In order of decreasing
// G the segmentations are a sample without replacement: the first is y with
// probability p(y), the next z with p(z) / (1 - p(y)), and so on. If kappa is the
// G of the one after the last taken, then
//   sum over the taken of f(y) p(y) / q(y),  q(y) = 1 - exp(-exp(phi - kappa)),
// has the mean sum over all of p(y) f(y), whatever f.
//
// There are too many segmentations to perturb each. But the largest G of those
// that share their last pieces is itself Gumbel, around the logarithm of their
// total probability; so G is drawn from the top down, for the most promising
// ending first: for each edge that could come before it, conditioned on their
// maximum being the ending's.
//
// Example: segmentations of probability 1/2, 1/4, 1/4; of the sets of two, those
// with the first have 5/12 each, the other 1/6.
//
// Reference: Kool, van Hoof, Welling, "Stochastic Beams and Where to Find Them"
// (ICML 2019), with a queue in the place of the beam: nothing is cut off.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bytepiece/base/random.h"
#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/posterior.h"

namespace bytepiece {

struct DistinctSample {
  LatticePath edges;
  double log_probability = 0;  // phi
  double perturbed = 0;        // G
};

class DistinctSampler {
 public:
  // The posterior is the lattice's. Both must outlive the sampler.
  DistinctSampler(const Lattice* lattice, const Posterior* posterior, RandomStream random);

  // The segmentation of the next smaller G; nothing when all were given. Time and
  // memory of each: about linear in the edges into the ends of its pieces.
  std::optional<DistinctSample> Next();

  // kappa: the G of the segmentation that Next would give; -infinity if none is
  // left.
  double threshold() const;

 private:
  // The last pieces of some segmentations: `edge`, then those of `after`.
  struct Ending {
    double log_probability;
    std::size_t position;  // where it begins
    std::size_t edge;
    std::size_t after;
  };
  struct Open {
    double perturbed;  // the largest G of its segmentations
    std::size_t ending;
  };

  void Expand(const Open& open);
  static bool ComesAfter(const Open& a, const Open& b);

  const Lattice& lattice_;
  const Posterior& posterior_;
  RandomStream random_;
  std::vector<Ending> endings_;
  std::vector<Open> heap_;  // the largest on top
};

// The probability 1 - exp(-exp(phi - kappa)) that a segmentation is among those
// taken; 1 for the threshold -infinity.
double InclusionProbability(double log_probability, double threshold);

}  // namespace bytepiece
