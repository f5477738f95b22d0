// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrence.h"

#include <cmath>
#include <complex>

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kWidth = 4;

std::shared_ptr<Recurrence> Make(const RecurrenceOptions& options) {
  torch::manual_seed(3);
  auto recurrence = MakeRecurrence(options, kHeads, kWidth);
  recurrence->to(torch::kDouble);
  return recurrence;
}

torch::Tensor Inputs(const Recurrence& recurrence, std::int64_t length) {
  return RandomTensor(5, {3, kHeads, length, recurrence.inputs_per_state() * kWidth});
}

torch::Tensor Stepped(const Recurrence& recurrence, const torch::Tensor& inputs) {
  RecurrenceState state = recurrence.Begin(inputs.narrow(2, 0, 1));
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& u : inputs.split(1, 2)) all.push_back(recurrence.Next(u, &state));
  return torch::cat(all, 2);
}

TEST_CASE("all positions at once are the steps") {
  for (const RecurrenceKind kind : {RecurrenceKind::kTanh, RecurrenceKind::kGru,
                                    RecurrenceKind::kDiagonal, RecurrenceKind::kLinear}) {
    for (const SolverKind solver :
         {SolverKind::kLoop, SolverKind::kPerturbation, SolverKind::kFirstOrder,
          SolverKind::kNewton, SolverKind::kQuasiNewton}) {
      for (const bool fixed : {false, true}) {
        if (fixed && solver == SolverKind::kLoop) continue;
        const auto recurrence = Make({kind,
                                      {.kind = solver,
                                       .tolerance = 1e-12,
                                       .max_sweeps = fixed ? 3 : 100,
                                       .damping = fixed ? 0.2 : 0,
                                       .fixed = fixed}});
        const torch::Tensor inputs = Inputs(*recurrence, 21);
        CAPTURE(static_cast<int>(kind), static_cast<int>(solver), fixed);
        CHECK(MaxDifference(recurrence->All(inputs), Stepped(*recurrence, inputs)) < 1e-10);
      }
    }
  }
}

TEST_CASE("the linear recurrence is its formula, and forgets") {
  const auto linear = Make({.kind = RecurrenceKind::kLinear});
  const auto parameters = linear->named_parameters();
  const torch::Tensor u = Inputs(*linear, 9);
  const torch::Tensor found = linear->All(u);
  for (const std::int64_t pair : {0, 1}) {
    const double modulus = std::exp(-std::exp(parameters["log_decay"][1][0][pair].item<double>()));
    CHECK(modulus > 0.4);
    CHECK(modulus < 1);
    const std::complex<double> lambda =
        std::polar(modulus, parameters["angle"][1][0][pair].item<double>());
    std::complex<double> h = 0;
    for (std::int64_t t = 0; t < 9; ++t) {
      const torch::Tensor at = u[2][1][t];
      h = lambda * h +
          std::sqrt(1 - modulus * modulus) *
              std::complex<double>(at[pair].item<double>(), at[2 + pair].item<double>());
      CHECK(std::abs(found[2][1][t][pair].item<double>() - h.real()) < 1e-12);
      CHECK(std::abs(found[2][1][t][2 + pair].item<double>() - h.imag()) < 1e-12);
    }
  }
}

TEST_CASE("a solver that does not converge is replaced by the loop") {
  const auto hasty = Make({RecurrenceKind::kTanh, {.tolerance = 1e-12, .max_sweeps = 1}});
  const torch::Tensor inputs = Inputs(*hasty, 15);
  CHECK(MaxDifference(hasty->All(inputs), Stepped(*hasty, inputs)) < 1e-12);
}

}  // namespace
}  // namespace bytepiece::lm
