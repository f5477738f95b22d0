// SPDX-License-Identifier: Apache-2.0
// A recurrence over time as a layer needs it: all positions at once, or one after another.
//
// Kinds: the cells of recurrent_cell.h with a solver of recurrence_solver.h; and, as the
// baseline, linear: h_t = lambda h_{t-1} + sqrt(1 - |lambda|^2) u_t, pairs of numbers
// being complex, with a learned lambda within the unit circle for each pair (Orvieto et
// al., "Resurrecting recurrent neural networks for long sequences", 2023).
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "lm/recurrence/recurrence_solver.h"

namespace bytepiece::lm {

enum class RecurrenceKind { kTanh, kGru, kDiagonal, kLinear };

struct RecurrenceOptions {
  RecurrenceKind kind = RecurrenceKind::kTanh;
  // float reaches no more than this; not of kLinear.
  SolverOptions solver = {.tolerance = 1e-5};

  friend bool operator==(const RecurrenceOptions&, const RecurrenceOptions&) = default;
};

// The state that one position leaves to the next, [B, H, 1, d] each: one tensor, or with fixed
// sweeps one for every sweep.
using RecurrenceState = std::vector<torch::Tensor>;

class Recurrence : public torch::nn::Module {
 public:
  virtual std::int64_t inputs_per_state() const = 0;
  // inputs [B, H, T, inputs_per_state d] -> states [B, H, T, d]. Where the solver does
  // not converge, the loop over time gives them.
  virtual torch::Tensor All(const torch::Tensor& inputs) const = 0;
  // Zeros, as many as needed, like `inputs`, of one position.
  virtual RecurrenceState Begin(const torch::Tensor& inputs) const = 0;
  // The next position's state, which is `state`'s last after the call.
  virtual torch::Tensor Next(const torch::Tensor& inputs, RecurrenceState* state) const = 0;
};

// H heads of d numbers; kLinear needs an even d.
std::shared_ptr<Recurrence> MakeRecurrence(const RecurrenceOptions& options, std::int64_t heads,
                                           std::int64_t width);

}  // namespace bytepiece::lm
