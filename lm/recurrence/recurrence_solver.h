// SPDX-License-Identifier: Apache-2.0
// All states of a non-linear recurrence h_t = f(h_{t-1}, u_t), h_{-1} = 0, without the
// loop over time (docs/method/parallel-rnn.md; Lim et al., arXiv 2309.12252).
//
// A sweep takes the states h of the sweep before (0 at first), replaces f by A_t around
// them and solves what is linear with one AffineScan:
//   h'_t = A_t h'_{t-1} + f(h_{t-1}, u_t) - A_t h_{t-1}.
// Whatever the A_t are, the first n positions are exact after n sweeps; good A_t need far
// fewer.
#pragma once

#include <torch/types.h>

#include <vector>

#include "lm/recurrence/recurrent_cell.h"

namespace bytepiece::lm {

enum class SolverKind {
  kLoop,          // position by position: no sweeps
  kPerturbation,  // A_t = RecurrentCell::ConstantTransitions
  kFirstOrder,    // A_t = df/dh at h = 0
  kNewton,        // A_t = df/dh at the sweep before (DEER): converges quadratically
  kQuasiNewton,   // its diagonal alone: linear in memory, converges linearly
};

struct SolverOptions {
  SolverKind kind = SolverKind::kNewton;
  // Stop when max |h_t - f(h_{t-1}, u_t)| is no more than this.
  double tolerance = 1e-6;
  int max_sweeps = 100;
  // A_t times 1 - damping, 0 <= damping <= 1, where products of many A_t overflow.
  double damping = 0;
  // Exactly max_sweeps sweeps are the model, converged or not: the derivative is that of
  // the sweeps. Otherwise it is that of the exact states, by the implicit function
  // theorem: one AdjointScan with the full df/dh, whichever A_t the sweeps had.
  bool fixed = false;

  friend bool operator==(const SolverOptions&, const SolverOptions&) = default;
};

struct Solution {
  torch::Tensor states;  // [B, H, T, d]
  int sweeps = 0;
  // max |h_t - f(h_{t-1}, u_t)| of the last states that it was taken of; 0 for kLoop,
  // and not taken if `fixed`.
  double residual = 0;
  // If false, while `fixed` is false too, the states are not those of the recurrence: take kLoop.
  bool converged = false;
};

// inputs [B, H, T, inputs_per_state d]. Differentiable with respect to the inputs and the
// cell's parameters.
Solution SolveRecurrence(const RecurrentCell& cell, const torch::Tensor& inputs,
                         const SolverOptions& options);

// The next position of a fixed number of sweeps: (*states)[n], [B, H, 1, d], is that of
// sweep n + 1 at the position before, zeros at first, and then at this one; inputs
// [B, H, 1, inputs_per_state d].
void StepSweeps(const RecurrentCell& cell, const torch::Tensor& inputs,
                const SolverOptions& options, std::vector<torch::Tensor>* states);

}  // namespace bytepiece::lm
