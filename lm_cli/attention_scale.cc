// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm attention-scale: the scale of largest gradient, beside its fits.
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/program/errors.h"
#include "lm/attention/scale_solver.h"
#include "lm_cli/commands.h"

namespace bytepiece::lm {
namespace {

constexpr char kAttentionScaleDescription[] =
    "Solve for the attention scale that maximises the gradient";

constexpr char kAttentionScaleFooter[] =
    "a* maximises a (1 - sum p^2) of p = softmax(a s), by the approximation of the source: for\n"
    "scores N(0, 1) (products divided by sqrt(d)) beside 0.84 sqrt(ln n), and for cosines in d\n"
    "dimensions beside 3.5 ln n. With --trials, also the exact objective at a*, at half and at\n"
    "twice a*, from random scores, as a share of the approximation's value at a*: where that\n"
    "grows beyond a*, the approximation has broken down.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm attention-scale\n"
    "  bytepiece-lm attention-scale --n 512,2048 --dimension 64 --trials 100 --json";

struct ScaleCommand {
  std::vector<double> n = {40, 100, 300, 1000, 4000, 20000, 100000, 1000000};
  std::int64_t dimension = 128;
  std::int64_t trials = 0;
  std::uint64_t seed = 0;
  bool json = false;
};

// Adds the exact objective at a*/2, a* and 2 a*.
absl::Status AddExact(const ScaleCommand& command, double n, std::int64_t d, double scale,
                      nlohmann::ordered_json* row) {
  const std::vector<double> scales = {scale / 2, scale, 2 * scale};
  const auto exact =
      MonteCarloObjective(scales, static_cast<std::int64_t>(n), d, command.trials, command.seed);
  if (!exact.ok()) return AsUsageError(exact.status());
  const double reference = ApproximateObjective(scale, n, d);
  nlohmann::ordered_json shares;
  for (const double value : *exact) shares.push_back(value / reference);
  (*row)[d == 0 ? "normal_exact" : "cosine_exact"] = shares;
  return absl::OkStatus();
}

std::string Shares(const nlohmann::ordered_json& row, const char* name) {
  if (!row.contains(name)) return "";
  return absl::StrFormat("  %.2f %.2f %.2f", row[name][0].get<double>(), row[name][1].get<double>(),
                         row[name][2].get<double>());
}

void Print(const ScaleCommand& command, const std::vector<nlohmann::ordered_json>& rows) {
  const bool exact = command.trials > 0;
  std::cout << absl::StrFormat("%9s  %7s %7s%s  %7s %7s%s\n", "n", "normal", "fit",
                               exact ? "  a*/2 a* 2a*   " : "", "cosine", "fit",
                               exact ? "  a*/2 a* 2a*" : "");
  for (const auto& row : rows) {
    const auto number = [&](const char* name) { return row[name].get<double>(); };
    std::cout << absl::StrFormat("%9.0f  %7.3f %7.3f%s  %7.2f %7.2f%s\n", number("n"),
                                 number("normal"), number("normal_fit"),
                                 Shares(row, "normal_exact"), number("cosine"),
                                 number("cosine_fit"), Shares(row, "cosine_exact"));
  }
}

absl::Status Run(const ScaleCommand& command) {
  std::vector<nlohmann::ordered_json> rows;
  for (const double n : command.n) {
    nlohmann::ordered_json row = {{"n", n},
                                  {"normal", NormalScale(n)},
                                  {"normal_fit", NormalScaleFit(n)},
                                  {"dimension", command.dimension},
                                  {"cosine", CosineScale(n, command.dimension)},
                                  {"cosine_fit", CosineScaleFit(n)}};
    if (command.trials > 0) {
      absl::Status status = AddExact(command, n, 0, row["normal"], &row);
      if (status.ok()) status = AddExact(command, n, command.dimension, row["cosine"], &row);
      if (!status.ok()) return status;
    }
    if (command.json) std::cout << row.dump() << std::endl;
    rows.push_back(row);
  }
  if (!command.json) Print(command, rows);
  return absl::OkStatus();
}

}  // namespace

Command AddAttentionScale(CLI::App* root) {
  auto command = std::make_shared<ScaleCommand>();
  CLI::App* app = root->add_subcommand("attention-scale", kAttentionScaleDescription);
  app->add_option("--n", command->n, "Numbers of scores")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(2.0, 1e9).description(""));
  app->add_option("--dimension", command->dimension, "Dimension of the cosines")
      ->type_name("D")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1'000'000}).description(""))
      ->capture_default_str();
  app->add_option("--trials", command->trials, "Random samples for the exact objective; 0: none")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  app->add_option("--seed", command->seed, "Seed of the random samples")
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", command->json, "Print a JSON object a line");
  app->footer(kAttentionScaleFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
