// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm generate: text from a model.
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"
#include "lm/continuation/continued_generation.h"
#include "lm/generation/generation.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"

namespace bytepiece::lm {
namespace {

constexpr char kGenerateDescription[] = "Continue a prompt";

constexpr char kGenerateFooter[] =
    "The prompt and its continuation go to standard output as they come, never cut inside a\n"
    "UTF-8 character. The text is a function of the model, the prompt and the options.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm generate --model run \"The name of this\"\n"
    "  bytepiece-lm generate --model run --temperature 0.8 --top-p 0.95 --samples 3 \"\"\n"
    "  bytepiece-lm generate --model run --temperature 0 --max-tokens 50 \"One, two\"";

struct GenerateCommand {
  std::string model;
  std::string prompt;
  std::string method = "naive";
  GenerationOptions options;
  std::int64_t samples = 1;
  DeviceOptions device;
};

absl::Status Run(const GenerateCommand& command) {
  const absl::StatusOr<MethodOptions> method = ParseMethod(command.method);
  if (!method.ok()) return AsUsageError(method.status());
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  const absl::StatusOr<TrainedModel> trained =
      LoadTrainedModel(CheckpointPath(command.model), *device);
  if (!trained.ok()) return trained.status();
  for (std::int64_t i = 0; i < command.samples; ++i) {
    GenerationOptions options = command.options;
    options.sample = static_cast<std::uint64_t>(i);
    if (i > 0) std::cout << "\n---\n";
    std::cout << command.prompt << std::flush;
    const auto result = GenerateBy(
        *method, command.prompt, options, trained->tokenizer,
        [](const std::string& text) { return static_cast<bool>(std::cout << text << std::flush); },
        trained->model);
    if (!result.ok()) return result.status();
  }
  std::cout << "\n";
  return absl::OkStatus();
}

}  // namespace

Command AddGenerate(CLI::App* root) {
  auto command = std::make_shared<GenerateCommand>();
  CLI::App* app = root->add_subcommand("generate", kGenerateDescription);
  AddModelOption(app, &command->model);
  app->add_option("prompt", command->prompt, "What the text begins with; \"\" begins a document")
      ->type_name("TEXT")
      ->required();
  TokenSamplerOptions* sampler = &command->options.sampler;
  app->add_option("--temperature", sampler->temperature,
                  "Logits are divided by it; 0: always the likeliest token")
      ->type_name("NUMBER")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->capture_default_str();
  app->add_option("--top-k", sampler->top_k, "Only the K likeliest tokens; 0: all")
      ->type_name("K")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  app->add_option("--top-p", sampler->top_p,
                  "Only the likeliest tokens that together reach this probability")
      ->type_name("NUMBER")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->capture_default_str();
  app->add_option("--max-tokens", command->options.max_tokens, "Stop after so many")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  app->add_option("--seed", command->options.seed, "Another seed, another text")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--samples", command->samples, "So many texts, with lines of --- between")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}).description(""))
      ->capture_default_str();
  app->add_option("--method", command->method,
                  "How to begin, should the prompt end inside a token: naive, back-off-1, exact, "
                  "..., as \"continuation --help\" tells")
      ->type_name("NAME")
      ->capture_default_str();
  AddDeviceOptions(app, &command->device);
  app->footer(kGenerateFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
