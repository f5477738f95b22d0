// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrence_solver.h"

#include <cmath>

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kWidth = 3;
constexpr CellKind kCells[] = {CellKind::kTanh, CellKind::kGru, CellKind::kDiagonal};
constexpr SolverKind kSweeping[] = {SolverKind::kPerturbation, SolverKind::kFirstOrder,
                                    SolverKind::kNewton, SolverKind::kQuasiNewton};

std::shared_ptr<RecurrentCell> Make(CellKind kind, double gain = 1) {
  torch::manual_seed(3);
  auto cell = MakeRecurrentCell(kind, kHeads, kWidth);
  cell->to(torch::kDouble);
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : cell->parameters()) {
    parameter.add_(RandomTensor(8, parameter.sizes()), 0.05);
    parameter.mul_(gain);
  }
  return cell;
}

torch::Tensor Inputs(const RecurrentCell& cell, std::int64_t length) {
  return RandomTensor(5, {2, kHeads, length, cell.inputs_per_state() * kWidth});
}

SolverOptions Converging(SolverKind kind) {
  SolverOptions options;
  options.kind = kind;
  options.tolerance = 1e-12;
  return options;
}

torch::Tensor Loop(const RecurrentCell& cell, const torch::Tensor& inputs) {
  torch::Tensor h = torch::zeros({inputs.size(0), kHeads, kWidth}, torch::kDouble);
  std::vector<torch::Tensor> all;
  for (std::int64_t t = 0; t < inputs.size(2); ++t) {
    h = cell.Next(h.unsqueeze(2), inputs.narrow(2, t, 1)).squeeze(2);
    all.push_back(h);
  }
  return torch::stack(all, 2);
}

// Values and the gradients with respect to the inputs and all parameters, against
// back-propagation through the loop.
double FromLoop(const std::shared_ptr<RecurrentCell>& cell, const torch::Tensor& inputs,
                const SolverOptions& options) {
  const auto gradients = [&](const std::function<torch::Tensor(const torch::Tensor&)>& states) {
    const torch::Tensor u = inputs.clone().requires_grad_();
    const torch::Tensor h = states(u);
    std::vector<torch::Tensor> wanted = cell->parameters();
    wanted.push_back(u);
    std::vector<torch::Tensor> all =
        torch::autograd::grad({(h * RandomTensor(9, h.sizes())).sum()}, wanted);
    all.push_back(h);
    return all;
  };
  const auto expected = gradients([&](const torch::Tensor& u) { return Loop(*cell, u); });
  const auto found = gradients([&](const torch::Tensor& u) {
    const Solution solution = SolveRecurrence(*cell, u, options);
    CHECK(solution.converged);
    CHECK(solution.residual <= options.tolerance);
    return solution.states;
  });
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, MaxDifference(expected[i], found[i]));
  }
  return largest;
}

TEST_CASE("every solver gives the loop's states and gradients") {
  for (const CellKind kind : kCells) {
    const auto cell = Make(kind);
    for (const std::int64_t length : {1, 2, 37}) {
      const torch::Tensor inputs = Inputs(*cell, length);
      CHECK(FromLoop(cell, inputs, {.kind = SolverKind::kLoop}) < 1e-12);
      for (const SolverKind solver : kSweeping) {
        CAPTURE(static_cast<int>(kind), static_cast<int>(solver), length);
        CHECK(FromLoop(cell, inputs, Converging(solver)) < 1e-9);
      }
    }
  }
}

TEST_CASE("after n sweeps the first n positions are exact, be the cell ever so wild") {
  for (const CellKind kind : kCells) {
    const auto cell = Make(kind, 3);
    const torch::Tensor inputs = Inputs(*cell, 12);
    const torch::Tensor expected = Loop(*cell, inputs);
    for (const SolverKind solver : kSweeping) {
      for (const int sweeps : {1, 2, 5, 12}) {
        SolverOptions options;
        options.kind = solver;
        options.fixed = true;
        options.max_sweeps = sweeps;
        const torch::NoGradGuard no_grad;
        const Solution solution = SolveRecurrence(*cell, inputs, options);
        CAPTURE(static_cast<int>(kind), static_cast<int>(solver), sweeps);
        CHECK(solution.sweeps == sweeps);
        CHECK(MaxDifference(solution.states.narrow(2, 0, sweeps), expected.narrow(2, 0, sweeps)) <
              1e-7);
        if (sweeps == 1) CHECK(MaxDifference(solution.states, expected) > 1e-3);
      }
    }
  }
}

TEST_CASE("Newton's error is squared in every sweep") {
  const auto cell = Make(CellKind::kTanh, 1.2);
  const torch::Tensor inputs = Inputs(*cell, 200);
  const torch::Tensor expected = Loop(*cell, inputs);
  const torch::NoGradGuard no_grad;
  std::vector<double> errors;
  for (int sweeps = 1; sweeps <= 12; ++sweeps) {
    SolverOptions options = Converging(SolverKind::kNewton);
    options.max_sweeps = sweeps;
    errors.push_back(MaxDifference(SolveRecurrence(*cell, inputs, options).states, expected));
  }
  int squared = 0;
  for (std::size_t i = 1; i < errors.size(); ++i) {
    if (errors[i - 1] < 0.1 && errors[i - 1] > 1e-7) {
      CHECK(errors[i] < std::max(10 * errors[i - 1] * errors[i - 1], 1e-13));
      ++squared;
    }
  }
  CHECK(squared >= 2);
  // The others come nearer by a factor.
  const auto sweeps = [&](SolverKind kind) {
    return SolveRecurrence(*cell, inputs, Converging(kind)).sweeps;
  };
  CHECK(sweeps(SolverKind::kNewton) < 8);
  CHECK(sweeps(SolverKind::kQuasiNewton) > sweeps(SolverKind::kNewton));
  CHECK(sweeps(SolverKind::kPerturbation) > sweeps(SolverKind::kNewton));
}

TEST_CASE("fixed sweeps are a model, with the derivative of the sweeps") {
  for (const CellKind kind : kCells) {
    const auto cell = Make(kind);
    const torch::Tensor inputs = Inputs(*cell, 7);
    for (const SolverKind solver : kSweeping) {
      SolverOptions options;
      options.kind = solver;
      options.fixed = true;
      options.max_sweeps = 2;
      const auto value = [&](const torch::Tensor& u) {
        return (SolveRecurrence(*cell, u, options).states * RandomTensor(9, {2, kHeads, 7, kWidth}))
            .sum();
      };
      const torch::Tensor u = inputs.clone().requires_grad_();
      const torch::Tensor gradient = torch::autograd::grad({value(u)}, {u})[0];
      const torch::Tensor direction = RandomTensor(11, inputs.sizes());
      constexpr double kStep = 1e-5;
      const double slope =
          (value(inputs + kStep * direction) - value(inputs - kStep * direction)).item<double>() /
          (2 * kStep);
      CAPTURE(static_cast<int>(kind), static_cast<int>(solver));
      CHECK(std::abs((gradient * direction).sum().item<double>() - slope) < 1e-6);
    }
  }
}

TEST_CASE("a limit of sweeps, damping, and overflow") {
  const auto cell = Make(CellKind::kTanh);
  const torch::Tensor inputs = Inputs(*cell, 50);
  const torch::NoGradGuard no_grad;
  SolverOptions options = Converging(SolverKind::kPerturbation);
  options.max_sweeps = 2;
  const Solution early = SolveRecurrence(*cell, inputs, options);
  CHECK_FALSE(early.converged);
  CHECK(early.sweeps == 2);
  CHECK(early.residual > 1e-6);
  // Damped or not, the states are the same; 1 iterates f itself.
  for (const double damping : {0.3, 1.0}) {
    options = Converging(SolverKind::kQuasiNewton);
    options.damping = damping;
    const Solution damped = SolveRecurrence(*cell, inputs, options);
    CHECK(damped.converged);
    CHECK(MaxDifference(damped.states, Loop(*cell, inputs)) < 1e-9);
  }
  // A matrix whose powers overflow: what is returned is finite, and says that it is not
  // the solution.
  const auto wild = Make(CellKind::kTanh, 50);
  options = Converging(SolverKind::kPerturbation);
  options.max_sweeps = 5;
  const Solution overflown = SolveRecurrence(*wild, Inputs(*wild, 400), options);
  CHECK_FALSE(overflown.converged);
  CHECK(overflown.states.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace bytepiece::lm
