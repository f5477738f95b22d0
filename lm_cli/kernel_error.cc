// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm kernel-error: what codes and random features make of exp(q.k).
#include "lm/codebook/kernel_error.h"

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_format.h"
#include "lm/model/torch_status.h"
#include "lm_cli/commands.h"

namespace bytepiece::lm {
namespace {

constexpr char kKernelErrorDescription[] = "Measure the error of codebook attention's kernel";

constexpr char kKernelErrorFooter[] =
    "The error of kernel(q, k) against exp(q.k), relative to it, for so many codes or random\n"
    "features: root mean square, and median of the absolute value; and how far attention to\n"
    "1000 keys is moved, from 0 to 1. Queries are normal, divided by sqrt(width); keys normal,\n"
    "or with --clusters near to so many centres. Hard and soft codes (temperature 1) learn from\n"
    "other keys of the same kind.\n"
    "\n"
    "Example:\n"
    "  bytepiece-lm kernel-error --size 16,256 --width 8 --clusters 64 --json";

struct ErrorCommand {
  std::vector<std::int64_t> sizes = {16, 64, 256, 1024};
  KernelErrorOptions options;
  bool json = false;
};

struct KernelContender {
  const char* name;
  CodebookOptions codebook;
};

absl::Status Run(const ErrorCommand& command) {
  // A decay for batches of thousands of keys.
  const KernelContender contenders[] = {
      {"hard", {.decay = 0.8}},
      {"soft", {.kind = ShareKind::kSoft, .decay = 0.8}},
      {"performer", {.kind = ShareKind::kPerformer}},
      {"performer_equal_norm", {.kind = ShareKind::kPerformer, .equal_norm = true}},
  };
  if (!command.json) {
    std::cout << absl::StrFormat("%-20s %8s %10s %10s %10s\n", "kernel", "size", "rms", "median",
                                 "attention");
  }
  for (const KernelContender& contender : contenders) {
    for (const std::int64_t size : command.sizes) {
      KernelErrorOptions options = command.options;
      options.codebook = contender.codebook;
      options.codebook.codes = size;
      KernelError error;
      absl::Status status = CatchTorch(contender.name, [&] {
        error = MeasureKernelError(options);
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
      if (command.json) {
        const nlohmann::ordered_json row = {
            {"kernel", contender.name},      {"size", size},
            {"width", options.key_width},    {"clusters", options.clusters},
            {"rms", error.root_mean_square}, {"median", error.median},
            {"attention", error.attention}};
        std::cout << row.dump() << std::endl;
      } else {
        std::cout << absl::StrFormat("%-20s %8d %10.4g %10.4g %10.4g\n", contender.name, size,
                                     error.root_mean_square, error.median, error.attention)
                  << std::flush;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

Command AddKernelError(CLI::App* root) {
  auto command = std::make_shared<ErrorCommand>();
  CLI::App* app = root->add_subcommand("kernel-error", kKernelErrorDescription);
  const auto size = CLI::Range(std::int64_t{1}, std::int64_t{1} << 16).description("");
  app->add_option("--size", command->sizes, "Codes, or random features")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(size);
  app->add_option("--width", command->options.key_width, "Width of keys and queries")
      ->type_name("N")
      ->check(size)
      ->capture_default_str();
  app->add_option("--clusters", command->options.clusters,
                  "Centres that keys lie about; 0: keys are normal")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 16).description(""))
      ->capture_default_str();
  app->add_option("--seed", command->options.seed, "Seed of all that is random")
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", command->json, "Print a JSON object a line");
  app->footer(kKernelErrorFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
