// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm eval: bits per byte and accuracy on a text.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/io/atomic_file.h"
#include "cli/files/input_options.h"
#include "cli/program/errors.h"
#include "lm/data/corpus_source.h"
#include "lm/training/evaluation.h"
#include "lm/training/run_config.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/training_meter.h"

namespace bytepiece::lm {
namespace {

constexpr char kEvalDescription[] = "Measure how well a model predicts a text";

constexpr char kEvalFooter[] =
    "The text is cut into stretches of --length tokens, each predicted from its own\n"
    "beginning on; lengths beyond the training's show how a model extrapolates. Bits per\n"
    "byte compare models of different vocabularies; <eos> is predicted too and stands for no\n"
    "byte.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm eval --model run held_out.txt\n"
    "  bytepiece-lm eval --model run --length 1024 --json held_out.npy\n"
    "  bytepiece-lm eval --model run --field body --on-bad-line skip held_out/\n"
    "  bytepiece-lm eval --model run --config rerope.json --length 1024 held_out.txt\n"
    "      run/config.json with other \"inference_positions\" or \"scale\": on the same weights;\n"
    "      a weight that they leave unused is an error, unless --ignore-unused is given";

struct EvalCommand {
  std::string model;
  std::string config;
  std::string text;
  ReadingOptions reading;
  std::int64_t length = 0;
  std::int64_t rows = 0;
  std::int64_t max_tokens = 0;
  bool ignore_unused = false;
  bool json = false;
  DeviceOptions device;
};

absl::Status Run(const EvalCommand& command) {
  const absl::StatusOr<CorpusOptions> reading = ToCorpusOptions(command.reading);
  if (!reading.ok()) return reading.status();
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  std::optional<OtherModel> other;
  if (!command.config.empty()) {
    const absl::StatusOr<std::string> json = ReadFile(command.config);
    if (!json.ok()) return json.status();
    const absl::StatusOr<RunConfig> config = ParseRunConfig(*json, command.config);
    if (!config.ok()) return config.status();
    other = {.config = config->model, .ignore_unused = command.ignore_unused};
  }
  const absl::StatusOr<TrainedModel> trained =
      LoadTrainedModel(CheckpointPath(command.model), *device, other);
  if (trained.status().code() == absl::StatusCode::kFailedPrecondition) {
    return UsageError(
        absl::StrCat(trained.status().message(), "; --ignore-unused leaves them out"));
  }
  if (!trained.ok()) return trained.status();
  const auto source = OpenCorpus(command.text, {.reading = *reading}, &trained->tokenizer);
  if (!source.ok()) return source.status();
  const auto corpus = (*source)->Epoch(0);
  if (!corpus.ok()) return corpus.status();
  const TrainingConfig& training = trained->config.training;
  const EvaluationOptions options = {
      .rows = command.rows > 0 ? command.rows : training.rows,
      .length = command.length > 0 ? command.length : training.length,
      .max_tokens = command.max_tokens};
  const absl::StatusOr<Evaluation> evaluation =
      Evaluate(**corpus, TokenBytes(trained->tokenizer), options, trained->model.get());
  if (!evaluation.ok()) return evaluation.status();
  if (command.json) {
    const nlohmann::ordered_json json = {{"step", trained->step},
                                         {"length", options.length},
                                         {"bits_per_byte", evaluation->bits_per_byte()},
                                         {"loss", evaluation->loss()},
                                         {"accuracy", evaluation->accuracy()},
                                         {"tokens", evaluation->tokens},
                                         {"bytes", evaluation->bytes}};
    std::cout << json.dump() << "\n";
  } else {
    std::cout << absl::StrFormat("%s: %s (%d tokens of %d bytes, in stretches of %d)\n",
                                 command.text, Describe(*evaluation), evaluation->tokens,
                                 evaluation->bytes, options.length);
  }
  ReportInputNotes((*source)->notes());
  return absl::OkStatus();
}

}  // namespace

Command AddEval(CLI::App* root) {
  auto command = std::make_shared<EvalCommand>();
  CLI::App* app = root->add_subcommand("eval", kEvalDescription);
  AddModelOption(app, &command->model);
  app->add_option("text", command->text, "Text or ids, as for \"train\"")
      ->type_name("PATH")
      ->required();
  AddReadingOptions(app, &command->reading);
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 30).description("");
  app->add_option("--length", command->length, "Tokens of a stretch; default: the training's")
      ->type_name("N")
      ->check(positive);
  app->add_option("--rows", command->rows, "Stretches at a time; default: the training's")
      ->type_name("N")
      ->check(positive);
  app->add_option("--max-tokens", command->max_tokens, "About so many, evenly spread; default: all")
      ->type_name("N")
      ->check(positive);
  app->add_option("--config", command->config,
                  "A model to put the weights in, instead of what they were trained in")
      ->type_name("FILE");
  app->add_flag("--ignore-unused", command->ignore_unused,
                "With --config: leave out weights that its model has no place for")
      ->needs(app->get_option("--config"));
  app->add_flag("--json", command->json, "Print a JSON object");
  AddDeviceOptions(app, &command->device);
  app->footer(kEvalFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
