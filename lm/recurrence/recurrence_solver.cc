// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrence_solver.h"

#include <torch/autograd.h>

#include "lm/recurrence/affine_scan.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kTimeAxis = -2;

torch::Tensor Zeros(const RecurrentCell& cell, const torch::Tensor& inputs) {
  std::vector<std::int64_t> shape = inputs.sizes().vec();
  shape.back() /= cell.inputs_per_state();
  return torch::zeros(shape, inputs.options());
}

Transitions TransitionsOf(const RecurrentCell& cell, const torch::Tensor& previous,
                          const torch::Tensor& inputs, const SolverOptions& options) {
  Transitions transitions;
  switch (options.kind) {
    case SolverKind::kLoop:
    case SolverKind::kPerturbation:
      transitions = cell.ConstantTransitions();
      break;
    case SolverKind::kFirstOrder:
      transitions = {cell.Jacobian(torch::zeros_like(previous), inputs), false};
      break;
    case SolverKind::kNewton:
      transitions = {cell.Jacobian(previous, inputs), false};
      break;
    case SolverKind::kQuasiNewton:
      transitions = {cell.JacobianDiagonal(previous, inputs), true};
      break;
  }
  if (options.damping > 0) transitions.a = transitions.a * (1 - options.damping);
  return transitions;
}

// The transitions that do not change from sweep to sweep are made once.
bool ChangesBySweep(SolverKind kind) {
  return kind == SolverKind::kNewton || kind == SolverKind::kQuasiNewton;
}

torch::Tensor Loop(const RecurrentCell& cell, const torch::Tensor& inputs) {
  torch::Tensor h = Zeros(cell, inputs.narrow(kTimeAxis, 0, 1));
  std::vector<torch::Tensor> states;
  for (const torch::Tensor& u : inputs.split(1, kTimeAxis)) {
    h = cell.Next(h, u);
    states.push_back(h);
  }
  return torch::cat(states, kTimeAxis);
}

Solution Sweep(const RecurrentCell& cell, const torch::Tensor& inputs,
               const SolverOptions& options) {
  Solution solution;
  solution.states = Zeros(cell, inputs);
  Transitions transitions;
  for (;;) {
    const torch::Tensor previous = Previous(solution.states);
    const torch::Tensor next = cell.Next(previous, inputs);
    if (!options.fixed) {
      solution.residual = (next - solution.states).abs().max().item<double>();
      solution.converged = solution.residual <= options.tolerance;
      if (solution.converged) return solution;
    }
    if (solution.sweeps == options.max_sweeps) return solution;
    if (solution.sweeps == 0 || ChangesBySweep(options.kind)) {
      transitions = TransitionsOf(cell, previous, inputs, options);
    }
    solution.states = AffineScan(transitions, next - Apply(transitions, previous));
    // The next sweep begins anew where a product overflowed, for the positions before
    // it have come nearer meanwhile.
    solution.states = torch::nan_to_num(solution.states, 0, 0, 0);
    ++solution.sweeps;
  }
}

// The identity on states f(h, u), whose derivative with respect to them becomes that of
// the recurrence's own: what a state does to all later ones is added.
class Implicit : public torch::autograd::Function<Implicit> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& states, const torch::Tensor& jacobian) {
    context->save_for_backward({jacobian});
    return states.clone();
  }

  static std::vector<torch::Tensor> backward(torch::autograd::AutogradContext* context,
                                             std::vector<torch::Tensor> gradients) {
    return {AdjointScan({context->get_saved_variables()[0], false}, gradients[0]), torch::Tensor()};
  }
};

}  // namespace

Solution SolveRecurrence(const RecurrentCell& cell, const torch::Tensor& inputs,
                         const SolverOptions& options) {
  if (options.kind == SolverKind::kLoop) return {Loop(cell, inputs), 0, 0, true};
  if (options.fixed) return Sweep(cell, inputs, options);
  const bool needs_gradient = torch::GradMode::is_enabled();
  Solution solution;
  torch::Tensor previous;
  torch::Tensor jacobian;
  {
    const torch::NoGradGuard no_grad;
    solution = Sweep(cell, inputs, options);
    if (!needs_gradient) return solution;
    previous = Previous(solution.states);
    jacobian = cell.Jacobian(previous, inputs);
  }
  solution.states = Implicit::apply(cell.Next(previous, inputs), jacobian);
  return solution;
}

void StepSweeps(const RecurrentCell& cell, const torch::Tensor& inputs,
                const SolverOptions& options, std::vector<torch::Tensor>* states) {
  torch::Tensor linearised_at = Zeros(cell, inputs);  // of the sweep before, one position back
  for (torch::Tensor& state : *states) {
    const Transitions transitions = TransitionsOf(cell, linearised_at, inputs, options);
    const torch::Tensor next =
        Apply(transitions, state - linearised_at) + cell.Next(linearised_at, inputs);
    linearised_at = state;
    state = next;
  }
}

}  // namespace bytepiece::lm
