// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrent_cell.h"

#include <torch/nn/init.h>

namespace bytepiece::lm {
namespace {

constexpr double kTanhGain = 0.8;
constexpr double kGruGain = 0.5;
// Eigenvalues of the diagonal cell: memories of a few positions to a few tens.
constexpr double kLeastEigenvalue = 0.5;
constexpr double kMostEigenvalue = 0.95;

torch::Tensor Orthogonal(std::int64_t heads, std::int64_t width) {
  torch::Tensor matrices = torch::empty({heads, width, width});
  for (std::int64_t i = 0; i < heads; ++i) torch::nn::init::orthogonal_(matrices[i]);
  return matrices;
}

// matrix [H, d, d] times each h [B, H, T, d].
torch::Tensor Times(const torch::Tensor& matrix, const torch::Tensor& h) {
  return torch::matmul(h, matrix.transpose(-2, -1));
}

// Rows of matrix [H, d, d] times the numbers in rows [B, H, T, d]: diag(rows) matrix.
torch::Tensor ScaleRows(const torch::Tensor& rows, const torch::Tensor& matrix) {
  return rows.unsqueeze(-1) * matrix.unsqueeze(-3);
}

torch::Tensor Diagonal(const torch::Tensor& matrix) { return matrix.diagonal(0, -2, -1); }

// The diagonal of left diag(middle) right without the product: [B, H, T, d].
torch::Tensor ProductDiagonal(const torch::Tensor& left, const torch::Tensor& middle,
                              const torch::Tensor& right) {
  return Times(left * right.transpose(-2, -1), middle);
}

// The derivative of tanh where its value is y, and of the sigmoid.
torch::Tensor TanhSlope(const torch::Tensor& y) { return 1 - y.square(); }
torch::Tensor SigmoidSlope(const torch::Tensor& y) { return y * (1 - y); }

class TanhCell : public RecurrentCell {
 public:
  TanhCell(std::int64_t heads, std::int64_t width) {
    a_ = register_parameter("a", kTanhGain * Orthogonal(heads, width));
  }

  std::int64_t inputs_per_state() const override { return 1; }

  torch::Tensor Next(const torch::Tensor& previous, const torch::Tensor& inputs) const override {
    return torch::tanh(Times(a_, previous) + inputs);
  }

  torch::Tensor Jacobian(const torch::Tensor& previous,
                         const torch::Tensor& inputs) const override {
    return ScaleRows(TanhSlope(Next(previous, inputs)), a_);
  }

  torch::Tensor JacobianDiagonal(const torch::Tensor& previous,
                                 const torch::Tensor& inputs) const override {
    return TanhSlope(Next(previous, inputs)) * Diagonal(a_).unsqueeze(-2);
  }

  Transitions ConstantTransitions() const override { return {a_.unsqueeze(-3), false}; }

 private:
  torch::Tensor a_;  // [H, d, d]
};

class DiagonalCell : public RecurrentCell {
 public:
  DiagonalCell(std::int64_t heads, std::int64_t width) {
    const torch::Tensor q = Orthogonal(heads, width);
    const torch::Tensor eigenvalues =
        torch::empty({heads, width, 1}).uniform_(kLeastEigenvalue, kMostEigenvalue);
    p_ = register_parameter("p", eigenvalues * q.transpose(-2, -1));
    q_ = register_parameter("q", q);
  }

  std::int64_t inputs_per_state() const override { return 1; }

  torch::Tensor Next(const torch::Tensor& previous, const torch::Tensor& inputs) const override {
    return Times(p_, Inner(previous, inputs));
  }

  torch::Tensor Jacobian(const torch::Tensor& previous,
                         const torch::Tensor& inputs) const override {
    return torch::matmul(p_.unsqueeze(-3), ScaleRows(TanhSlope(Inner(previous, inputs)), q_));
  }

  torch::Tensor JacobianDiagonal(const torch::Tensor& previous,
                                 const torch::Tensor& inputs) const override {
    return ProductDiagonal(p_, TanhSlope(Inner(previous, inputs)), q_);
  }

  // Lambda: the diagonal of P Q, which is all of it at the beginning, and its best
  // diagonal stand-in as P and Q go their ways.
  Transitions ConstantTransitions() const override {
    return {(p_ * q_.transpose(-2, -1)).sum(-1).unsqueeze(-2), true};
  }

 private:
  torch::Tensor Inner(const torch::Tensor& previous, const torch::Tensor& inputs) const {
    return torch::tanh(Times(q_, previous) + inputs);
  }

  torch::Tensor p_;  // [H, d, d]
  torch::Tensor q_;
};

class GruCell : public RecurrentCell {
 public:
  GruCell(std::int64_t heads, std::int64_t width) {
    update_ = register_parameter("update", kGruGain * Orthogonal(heads, width));
    reset_ = register_parameter("reset", kGruGain * Orthogonal(heads, width));
    candidate_ = register_parameter("candidate", kGruGain * Orthogonal(heads, width));
  }

  std::int64_t inputs_per_state() const override { return 3; }

  torch::Tensor Next(const torch::Tensor& previous, const torch::Tensor& inputs) const override {
    const Gates gates = GatesOf(previous, inputs);
    return (1 - gates.z) * previous + gates.z * gates.c;
  }

  // The derivative of (1 - z) h + z c, term by term; c depends on h by way of r too.
  torch::Tensor Jacobian(const torch::Tensor& previous,
                         const torch::Tensor& inputs) const override {
    const Gates gates = GatesOf(previous, inputs);
    const torch::Tensor through_reset =
        torch::diag_embed(gates.r) + ScaleRows(previous * SigmoidSlope(gates.r), reset_);
    const torch::Tensor of_candidate = (gates.z * TanhSlope(gates.c)).unsqueeze(-1) *
                                       torch::matmul(candidate_.unsqueeze(-3), through_reset);
    return torch::diag_embed(1 - gates.z) +
           ScaleRows((gates.c - previous) * SigmoidSlope(gates.z), update_) + of_candidate;
  }

  torch::Tensor JacobianDiagonal(const torch::Tensor& previous,
                                 const torch::Tensor& inputs) const override {
    const Gates gates = GatesOf(previous, inputs);
    const torch::Tensor through_reset =
        gates.r * Diagonal(candidate_).unsqueeze(-2) +
        ProductDiagonal(candidate_, previous * SigmoidSlope(gates.r), reset_);
    return (1 - gates.z) +
           (gates.c - previous) * SigmoidSlope(gates.z) * Diagonal(update_).unsqueeze(-2) +
           gates.z * TanhSlope(gates.c) * through_reset;
  }

  // The result is (I + U_c / 2) / 2, for all gates at 1/2 and tanh its argument.
  Transitions ConstantTransitions() const override {
    const torch::Tensor identity = torch::eye(candidate_.size(-1), candidate_.options());
    return {((identity + candidate_ / 2) / 2).unsqueeze(-3), false};
  }

 private:
  struct Gates {
    torch::Tensor z, r, c;
  };

  Gates GatesOf(const torch::Tensor& previous, const torch::Tensor& inputs) const {
    const auto u = inputs.chunk(3, -1);
    Gates gates;
    gates.z = torch::sigmoid(Times(update_, previous) + u[0]);
    gates.r = torch::sigmoid(Times(reset_, previous) + u[1]);
    gates.c = torch::tanh(Times(candidate_, gates.r * previous) + u[2]);
    return gates;
  }

  torch::Tensor update_;  // [H, d, d]
  torch::Tensor reset_;
  torch::Tensor candidate_;
};

}  // namespace

std::shared_ptr<RecurrentCell> MakeRecurrentCell(CellKind kind, std::int64_t heads,
                                                 std::int64_t width) {
  switch (kind) {
    case CellKind::kTanh:
      break;
    case CellKind::kGru:
      return std::make_shared<GruCell>(heads, width);
    case CellKind::kDiagonal:
      return std::make_shared<DiagonalCell>(heads, width);
  }
  return std::make_shared<TanhCell>(heads, width);
}

}  // namespace bytepiece::lm
