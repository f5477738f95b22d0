// SPDX-License-Identifier: Apache-2.0
// One step of a non-linear recurrence, h_t = f(h_{t-1}, u_t), for all positions at once
// from given previous states: what a loop over time takes position by position, and what
// the parallel solvers linearise (recurrence_solver.h).
//
// A state has H heads of d numbers that do not mix in the recurrence: its Jacobian
// consists of H blocks of d x d. Shapes: previous [B, H, T, d], inputs
// [B, H, T, inputs_per_state() d].
//
// Cells (docs/method/parallel-rnn.md):
// - tanh: tanh(A h + u).
// - gru: (1 - z) h + z c, z = sigmoid(U_z h + u_z), r = sigmoid(U_r h + u_r),
//   c = tanh(U_c (r h) + u_c); u = (u_z, u_r, u_c).
// - diagonal: P tanh(Q h + u): tanh in the eigenvectors of A, with free matrices P and Q
//   that begin with P Q diagonal. The transitions that stand for it are numbers.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "lm/recurrence/affine_scan.h"

namespace bytepiece::lm {

enum class CellKind { kTanh, kGru, kDiagonal };

class RecurrentCell : public torch::nn::Module {
 public:
  virtual std::int64_t inputs_per_state() const = 0;
  // f, [B, H, T, d].
  virtual torch::Tensor Next(const torch::Tensor& previous, const torch::Tensor& inputs) const = 0;
  // df/dh, [B, H, T, d, d], and its diagonal, [B, H, T, d], at the cost of f.
  virtual torch::Tensor Jacobian(const torch::Tensor& previous,
                                 const torch::Tensor& inputs) const = 0;
  virtual torch::Tensor JacobianDiagonal(const torch::Tensor& previous,
                                         const torch::Tensor& inputs) const = 0;
  // df/dh at h = 0 and u = 0, or what the source puts in its place: the same at every
  // position, T = 1.
  virtual Transitions ConstantTransitions() const = 0;
};

// Recurrent matrices begin orthogonal, times a factor below 1: contractions, for which
// every solver converges.
std::shared_ptr<RecurrentCell> MakeRecurrentCell(CellKind kind, std::int64_t heads,
                                                 std::int64_t width);

}  // namespace bytepiece::lm
