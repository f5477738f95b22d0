// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrence.h"

#include "lm/recurrence/affine_scan.h"

namespace bytepiece::lm {
namespace {

// |lambda| begins evenly spread: memories of a few positions to a few hundred. Angles
// up to this, of pi: slow turns see far.
constexpr double kLeastModulus = 0.5;
constexpr double kMostModulus = 0.995;
constexpr double kMostTurn = 0.1;

class SolvedRecurrence : public Recurrence {
 public:
  SolvedRecurrence(std::shared_ptr<RecurrentCell> cell, const SolverOptions& solver)
      : cell_(register_module("cell", std::move(cell))), solver_(solver) {}

  std::int64_t inputs_per_state() const override { return cell_->inputs_per_state(); }

  torch::Tensor All(const torch::Tensor& inputs) const override {
    const Solution solution = SolveRecurrence(*cell_, inputs, solver_);
    if (solution.converged || solver_.fixed) return solution.states;
    return SolveRecurrence(*cell_, inputs, {.kind = SolverKind::kLoop}).states;
  }

  RecurrenceState Begin(const torch::Tensor& inputs) const override {
    const std::size_t states = solver_.fixed ? static_cast<std::size_t>(solver_.max_sweeps) : 1;
    return RecurrenceState(
        states, torch::zeros_like(inputs.narrow(-1, 0, inputs.size(-1) / inputs_per_state())));
  }

  torch::Tensor Next(const torch::Tensor& inputs, RecurrenceState* state) const override {
    if (solver_.fixed) {
      StepSweeps(*cell_, inputs, solver_, state);
    } else {
      state->back() = cell_->Next(state->back(), inputs);
    }
    return state->back();
  }

 private:
  std::shared_ptr<RecurrentCell> cell_;
  SolverOptions solver_;
};

class LinearRecurrence : public Recurrence {
 public:
  LinearRecurrence(std::int64_t heads, std::int64_t width) {
    TORCH_CHECK(width % 2 == 0, "a linear recurrence has pairs of numbers");
    const std::vector<std::int64_t> shape = {heads, 1, width / 2};
    const torch::Tensor modulus = torch::empty(shape).uniform_(kLeastModulus, kMostModulus);
    log_decay_ = register_parameter("log_decay", torch::log(-torch::log(modulus)));
    angle_ = register_parameter("angle", torch::empty(shape).uniform_(0, kMostTurn * M_PI));
  }

  std::int64_t inputs_per_state() const override { return 1; }

  torch::Tensor All(const torch::Tensor& inputs) const override {
    return Real(AffineScan({Lambda(), true}, Scaled(inputs)));
  }

  RecurrenceState Begin(const torch::Tensor& inputs) const override {
    return {torch::zeros_like(inputs)};
  }

  torch::Tensor Next(const torch::Tensor& inputs, RecurrenceState* state) const override {
    state->back() = Real(Lambda() * Complex(state->back()) + Scaled(inputs));
    return state->back();
  }

 private:
  static torch::Tensor Complex(const torch::Tensor& x) {
    const auto halves = x.chunk(2, -1);
    return torch::complex(halves[0].contiguous(), halves[1].contiguous());
  }
  static torch::Tensor Real(const torch::Tensor& x) {
    return torch::cat({torch::real(x), torch::imag(x)}, -1);
  }

  torch::Tensor Modulus() const { return torch::exp(-torch::exp(log_decay_)); }
  torch::Tensor Lambda() const { return torch::polar(Modulus(), angle_); }
  torch::Tensor Scaled(const torch::Tensor& inputs) const {
    return Complex(inputs) * torch::sqrt(1 - Modulus().square());
  }

  torch::Tensor log_decay_;  // [H, 1, d / 2]; |lambda| = exp(-exp(log_decay))
  torch::Tensor angle_;
};

CellKind CellOf(RecurrenceKind kind) {
  switch (kind) {
    case RecurrenceKind::kGru:
      return CellKind::kGru;
    case RecurrenceKind::kDiagonal:
      return CellKind::kDiagonal;
    case RecurrenceKind::kTanh:
    case RecurrenceKind::kLinear:
      break;
  }
  return CellKind::kTanh;
}

}  // namespace

std::shared_ptr<Recurrence> MakeRecurrence(const RecurrenceOptions& options, std::int64_t heads,
                                           std::int64_t width) {
  if (options.kind == RecurrenceKind::kLinear) {
    return std::make_shared<LinearRecurrence>(heads, width);
  }
  return std::make_shared<SolvedRecurrence>(MakeRecurrentCell(CellOf(options.kind), heads, width),
                                            options.solver);
}

}  // namespace bytepiece::lm
