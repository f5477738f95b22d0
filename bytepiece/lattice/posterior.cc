// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/posterior.h"

#include <algorithm>
#include <cmath>

namespace bytepiece {

Posterior::Posterior(const Lattice& lattice, double alpha)
    : alpha_(alpha),
      log_q_(lattice.edges().size()),
      edges_(lattice.edges().size()),
      boundaries_(lattice.size() + 1) {
  Forward(lattice);
  Backward(lattice);
}

void Posterior::Forward(const Lattice& lattice) {
  std::vector<double> log_total(lattice.size() + 1);
  for (std::size_t position = 1; position <= lattice.size(); ++position) {
    const std::size_t first = lattice.first_edge(position);
    const std::size_t last = lattice.first_edge(position + 1);
    for (std::size_t i = first; i < last; ++i) {
      const LatticeEdge& edge = lattice.edges()[i];
      log_q_[i] = log_total[edge.begin] + alpha_ * edge.score;
    }
    const double largest = *std::max_element(log_q_.begin() + static_cast<std::ptrdiff_t>(first),
                                             log_q_.begin() + static_cast<std::ptrdiff_t>(last));
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += std::exp(log_q_[i] - largest);
    const double log_sum = std::log(sum);
    for (std::size_t i = first; i < last; ++i) log_q_[i] = (log_q_[i] - largest) - log_sum;
    log_total[position] = largest + log_sum;
  }
  log_z_ = log_total[lattice.size()];
}

void Posterior::Backward(const Lattice& lattice) {
  boundaries_[lattice.size()] = 1;
  for (std::size_t i = lattice.edges().size(); i-- > 0;) {
    const LatticeEdge& edge = lattice.edges()[i];
    const double q = std::exp(log_q_[i]);
    if (q == 0) continue;  // its logarithm may be far below: 0 x ln 0 is 0
    edges_[i] = boundaries_[edge.end] * q;
    boundaries_[edge.begin] += edges_[i];
    entropy_ -= edges_[i] * log_q_[i];
    expected_tokens_ += edges_[i];
  }
}

double Posterior::LogProbability(const LatticePath& path) const {
  double sum = 0;
  for (const std::size_t edge : path) sum += log_q_[edge];
  return sum;
}

}  // namespace bytepiece
