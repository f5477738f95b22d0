// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm recurrence: how fast the parallel solvers of non-linear recurrences converge,
// and what they cost beside the loop over time.
#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/program/choice.h"
#include "lm/model/torch_status.h"
#include "lm/recurrence/recurrence_solver.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/timing.h"

namespace bytepiece::lm {
namespace {

constexpr char kRecurrenceDescription[] = "Compare the solvers of non-linear recurrences";

constexpr char kRecurrenceFooter[] =
    "Without --time: the largest difference to the loop over time after so many sweeps, in\n"
    "double precision, at the largest --length. With --time: microseconds a position of the\n"
    "forward pass, in single precision, to a tolerance of 1e-5, with the sweeps that took;\n"
    "\"loop\" is the loop. Inputs are normal, matrices as a new model has them.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm recurrence --cell gru\n"
    "  bytepiece-lm recurrence --cell tanh --time --length 1024,8192 --width 16 --json";

struct RecurrenceCommand {
  std::string cell = "tanh";
  std::vector<std::int64_t> lengths = {1024};
  std::int64_t width = 16;
  std::int64_t heads = 4;
  int sweeps = 12;
  int repeats = 3;
  bool time = false;
  bool json = false;
  DeviceOptions device;
};

struct NamedSolver {
  const char* name;
  SolverKind kind;
};

constexpr NamedSolver kSolvers[] = {{"loop", SolverKind::kLoop},
                                    {"perturbation", SolverKind::kPerturbation},
                                    {"first_order", SolverKind::kFirstOrder},
                                    {"newton", SolverKind::kNewton},
                                    {"quasi_newton", SolverKind::kQuasiNewton}};

CellKind Cell(const std::string& name) {
  if (name == "gru") return CellKind::kGru;
  return name == "diagonal" ? CellKind::kDiagonal : CellKind::kTanh;
}

struct Problem {
  std::shared_ptr<RecurrentCell> cell;
  torch::Tensor inputs;
};

Problem MakeProblem(const RecurrenceCommand& command, std::int64_t length, torch::Dtype dtype,
                    const torch::Device& device) {
  torch::manual_seed(1);
  Problem problem;
  problem.cell = MakeRecurrentCell(Cell(command.cell), command.heads, command.width);
  problem.inputs = torch::randn(
      {1, command.heads, length, problem.cell->inputs_per_state() * command.width}, dtype);
  problem.cell->to(device, dtype);
  problem.inputs = problem.inputs.to(device);
  return problem;
}

void Print(const nlohmann::ordered_json& row, bool json) {
  if (json) {
    std::cout << row.dump() << std::endl;
    return;
  }
  std::cout << absl::StrFormat("%-14s", row["solver"].get<std::string>());
  for (const auto& [key, value] : row.items()) {
    if (key == "solver" || key == "cell") continue;
    std::cout << absl::StrFormat("  %s %g", key, value.get<double>());
  }
  std::cout << std::endl;
}

void ShowConvergence(const RecurrenceCommand& command, const torch::Device& device) {
  const std::int64_t length = *std::max_element(command.lengths.begin(), command.lengths.end());
  const Problem problem = MakeProblem(command, length, torch::kDouble, device);
  const torch::Tensor exact =
      SolveRecurrence(*problem.cell, problem.inputs, {.kind = SolverKind::kLoop}).states;
  for (const NamedSolver& solver : kSolvers) {
    if (solver.kind == SolverKind::kLoop) continue;
    for (int sweeps = 1; sweeps <= command.sweeps; ++sweeps) {
      const torch::Tensor states =
          SolveRecurrence(*problem.cell, problem.inputs,
                          {.kind = solver.kind, .max_sweeps = sweeps, .fixed = true})
              .states;
      Print({{"solver", solver.name},
             {"cell", command.cell},
             {"length", length},
             {"sweeps", sweeps},
             {"error", (states - exact).abs().max().item<double>()}},
            command.json);
    }
  }
}

void ShowTimes(const RecurrenceCommand& command, const torch::Device& device) {
  for (const std::int64_t length : command.lengths) {
    const Problem problem = MakeProblem(command, length, torch::kFloat, device);
    for (const NamedSolver& solver : kSolvers) {
      Solution solution;
      const double least = LeastMicroseconds(command.repeats, [&] {
        solution = SolveRecurrence(*problem.cell, problem.inputs,
                                   {.kind = solver.kind, .tolerance = 1e-5});
        Finish(solution.states);
      });
      Print({{"solver", solver.name},
             {"cell", command.cell},
             {"length", length},
             {"width", command.width},
             {"sweeps", solution.sweeps},
             {"converged", solution.converged ? 1 : 0},
             {"us_per_position", least / static_cast<double>(length)}},
            command.json);
    }
  }
}

absl::Status Run(const RecurrenceCommand& command) {
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  return CatchTorch("recurrence", [&] {
    const torch::NoGradGuard no_grad;
    if (command.time) {
      ShowTimes(command, *device);
    } else {
      ShowConvergence(command, *device);
    }
    return absl::OkStatus();
  });
}

}  // namespace

Command AddRecurrence(CLI::App* root) {
  auto command = std::make_shared<RecurrenceCommand>();
  CLI::App* app = root->add_subcommand("recurrence", kRecurrenceDescription);
  const auto size = CLI::Range(std::int64_t{1}, std::int64_t{1} << 20).description("");
  app->add_option("--cell", command->cell, "Which recurrence")
      ->type_name("tanh|gru|diagonal")
      ->check(OneOf({"tanh", "gru", "diagonal"}))
      ->capture_default_str();
  app->add_option("--length", command->lengths, "Positions")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(size);
  app->add_option("--width", command->width, "Numbers of a state")
      ->type_name("N")
      ->check(size)
      ->capture_default_str();
  app->add_option("--heads", command->heads, "States side by side")
      ->type_name("N")
      ->check(size)
      ->capture_default_str();
  app->add_option("--sweeps", command->sweeps, "Up to so many")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""))
      ->capture_default_str();
  app->add_flag("--time", command->time, "Measure time instead of convergence");
  app->add_option("--repeats", command->repeats, "With --time: the least of so many times counts")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""))
      ->capture_default_str();
  app->add_flag("--json", command->json, "Print a JSON object a line");
  AddDeviceOptions(app, &command->device);
  app->footer(kRecurrenceFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
