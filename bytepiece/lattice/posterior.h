// SPDX-License-Identifier: Apache-2.0
// The distribution over the segmentations of a chunk in which each has a
// probability proportional to exp(alpha x score): the one perfect sampling draws
// from (perfect_sampler.h).
//
// Read backwards a segmentation is a Markov chain: from position e the last
// piece is the edge b-e with probability
//   q(b-e) = exp(A[b] + alpha s(b-e) - A[e]),  A[e] = ln sum over edges into e,
// A[0] = 0, A[size] = ln Z. All else follows from the q, which are normalised
// at every position, so that long chunks neither underflow nor lose digits:
//   M[size] = 1, M[b] += M[e] q(b-e)         a boundary at b
//   M[e] q(b-e)                              the piece at b-e
//   sum of M[e] x (entropy of q into e)      the entropy of the whole
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/lattice/lattice.h"

namespace bytepiece {

class Posterior {
 public:
  // Linear in the edges. Keeps no reference to the lattice. alpha: 0 (uniform
  // over segmentations) up to 1e11 (beyond which only the best remain).
  Posterior(const Lattice& lattice, double alpha);

  double alpha() const { return alpha_; }

  // ln of the sum over all segmentations of exp(alpha x score). With alpha 0 the
  // logarithm of their number.
  double log_z() const { return log_z_; }

  // The entropy of the distribution, in nats.
  double entropy() const { return entropy_; }
  double expected_tokens() const { return expected_tokens_; }

  // The probability that a segmentation uses an edge (by index), or has a
  // boundary at a position (0..size; both ends always have).
  absl::Span<const double> edge_probabilities() const { return edges_; }
  absl::Span<const double> boundary_probabilities() const { return boundaries_; }

  // ln q of each edge: of the probability that it is the last piece of a
  // segmentation that has a boundary at its end.
  absl::Span<const double> conditional_log_probabilities() const { return log_q_; }

  // ln of the probability of a path of the same lattice.
  double LogProbability(const LatticePath& path) const;

 private:
  void Forward(const Lattice& lattice);
  void Backward(const Lattice& lattice);

  double alpha_;
  double log_z_ = 0;
  double entropy_ = 0;
  double expected_tokens_ = 0;
  std::vector<double> log_q_;  // by edge
  std::vector<double> edges_;
  std::vector<double> boundaries_;
};

}  // namespace bytepiece
