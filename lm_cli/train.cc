// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm train: a language model from text or ids.
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/folder_lock.h"
#include "bytepiece/tokenizer.h"
#include "cli/files/input_options.h"
#include "cli/files/model_file.h"
#include "cli/files/output_check.h"
#include "cli/program/errors.h"
#include "cli/program/signals.h"
#include "lm/training/run_config.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/output_folder.h"
#include "lm_cli/run_config_option.h"
#include "lm_cli/text_files.h"
#include "lm_cli/training_meter.h"

namespace bytepiece::lm {
namespace {

constexpr char kTrainDescription[] = "Train a language model";

constexpr char kTrainFooter[] =
    "The training text is a file of ids as \"bytepiece encode\" writes (.npy, .bin, a\n"
    "Megatron-LM .idx), or text as \"bytepiece\" reads it: plain or JSON Lines, packed or not, a\n"
    "file, a glob or a directory. Rows never span two documents. The same options on the same\n"
    "machine give the same model; a run that was stopped and resumed too.\n"
    "\n"
    "OUTPUT is a folder: checkpoint (all it takes to resume and to generate, the tokenizer\n"
    "included), log.jsonl, config.json. Ctrl-C ends after the step, with a checkpoint.\n"
    "--resume --steps N goes on to step N, after the end of a finished run too; from there on\n"
    "the learning rate is that of a run of N steps.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm train --tokenizer my.model --config tiny --train train.txt \\\n"
    "      --validation held_out.txt --output run\n"
    "  bytepiece-lm train --resume --train train.txt --validation held_out.txt --output run\n"
    "  bytepiece-lm train --resume --steps 900 --train train.txt --output run\n"
    "  bytepiece-lm train --config small --print-config > my.json\n"
    "      every field of a configuration, to be changed";

constexpr char kOutputFolder[] = "the folder";  // in errors
constexpr std::chrono::seconds kPatience(600);  // for the step and its checkpoint

struct TrainCommand {
  std::string config = "tiny";
  std::string tokenizer;
  std::string train;
  std::string validation;
  ReadingOptions reading;
  std::string output;
  std::optional<std::int64_t> steps;
  std::optional<std::int64_t> seed;
  bool resume = false;
  bool print_config = false;
  bool quiet = false;
  DeviceOptions device;
};

absl::StatusOr<RunConfig> ReadConfig(const TrainCommand& command) {
  absl::StatusOr<RunConfig> config = ReadRunConfig(command.config);
  if (!config.ok()) return config;
  if (command.steps) config->training.steps = *command.steps;
  if (command.seed) config->training.seed = *command.seed;
  return config;
}

absl::Status CheckUsage(const CLI::App& app, const TrainCommand& command) {
  if (command.resume) {
    for (const char* option : {"--config", "--tokenizer", "--seed"}) {
      if (app.count(option) > 0) {
        return UsageError(absl::StrCat(option,
                                       " is settled by the checkpoint that --resume "
                                       "goes on from; leave it out"));
      }
    }
  } else if (command.tokenizer.empty()) {
    return UsageError("--tokenizer is needed: the model of \"bytepiece train\"");
  }
  if (command.train.empty()) return UsageError("--train is needed: the text to train on");
  if (command.output.empty()) return UsageError("--output is needed: a folder for the run");
  return absl::OkStatus();
}

// Error: what the run is to write is something that it reads.
absl::Status CheckFiles(const TrainCommand& command, const CorpusOptions& reading) {
  FilesInUse files;
  files.Read({command.config, command.tokenizer}, "an input");
  absl::Status status = ReadTexts({command.train, command.validation}, reading, &files);
  status.Update(files.Write({command.output + "/checkpoint"}, "the checkpoint"));
  status.Update(files.Write({command.output + "/config.json"}, "the configuration"));
  status.Update(files.Write({command.output + "/log.jsonl"}, "the log"));
  return status;
}

// A run about to go on, its folder made and nobody else's.
struct PreparedRun {
  RunConfig config;
  Tokenizer tokenizer;
  std::int64_t step = 0;  // done
  FolderLock lock;
  bool made_folder = false;
};

absl::StatusOr<PreparedRun> BeginRun(const TrainCommand& command, const std::string& checkpoint) {
  absl::StatusOr<RunConfig> config = ReadConfig(command);
  if (!config.ok()) return config.status();
  absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Load(command.tokenizer, {.trust = ModelTrust::kTrusted});
  if (!tokenizer.ok()) return ExplainNoModel(command.tokenizer, tokenizer.status());
  std::error_code error;
  const bool is_new = !std::filesystem::exists(command.output, error);
  if (absl::Status status = MakeFolder(command.output); !status.ok()) return status;
  absl::StatusOr<FolderLock> lock = FolderLock::Take(command.output, kOutputFolder);
  if (!lock.ok()) return lock.status();
  if (std::filesystem::exists(checkpoint, error)) {
    return UsageError(absl::StrCat(checkpoint,
                                   " is there already; --resume goes on from it, or "
                                   "give --output another folder"));
  }
  return PreparedRun{*std::move(config), *std::move(tokenizer), 0, *std::move(lock), is_new};
}

absl::StatusOr<PreparedRun> ResumeRun(const TrainCommand& command, const std::string& checkpoint) {
  std::error_code error;
  if (!std::filesystem::exists(checkpoint, error)) {
    return absl::NotFoundError(absl::StrCat("there is no ", checkpoint, " to go on from"));
  }
  absl::StatusOr<FolderLock> lock = FolderLock::Take(command.output, kOutputFolder);
  if (!lock.ok()) return lock.status();
  absl::StatusOr<TrainedModel> earlier = LoadTrainedModel(checkpoint, torch::Device(torch::kCPU));
  if (!earlier.ok()) return earlier.status();
  if (command.steps) {
    if (*command.steps < earlier->step) {
      return UsageError(absl::StrCat("--steps ", *command.steps, ": ", checkpoint, " is of step ",
                                     earlier->step, " already"));
    }
    earlier->config.training.steps = *command.steps;
  }
  return PreparedRun{std::move(earlier->config), std::move(earlier->tokenizer), earlier->step,
                     *std::move(lock)};
}

absl::Status Run(const CLI::App& app, const TrainCommand& command) {
  if (command.print_config) {
    const absl::StatusOr<RunConfig> config = ReadConfig(command);
    if (config.ok()) std::cout << RunConfigToJson(*config);
    return config.status();
  }
  if (absl::Status status = CheckUsage(app, command); !status.ok()) return status;
  const absl::StatusOr<CorpusOptions> reading = ToCorpusOptions(command.reading);
  if (!reading.ok()) return reading.status();
  if (absl::Status status = CheckFiles(command, *reading); !status.ok()) return status;
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  const std::string checkpoint = command.output + "/checkpoint";
  const absl::StatusOr<PreparedRun> run =
      command.resume ? ResumeRun(command, checkpoint) : BeginRun(command, checkpoint);
  if (!run.ok()) return run.status();
  if (run->step == run->config.training.steps) {
    PrintError(absl::StrCat("the run is finished, all ", run->step,
                            " steps are done; --resume --steps N goes on to step N"));
    return absl::OkStatus();
  }
  const absl::Status written =
      WriteFile(command.output + "/config.json", RunConfigToJson(run->config));
  if (!written.ok()) return written;

  const GracefulStop stop("", kPatience);
  TrainingMeter meter(command.quiet);
  const absl::StatusOr<TrainingResult> result = lm::Train(run->config, run->tokenizer,
                                                          {.train = command.train,
                                                           .validation = command.validation,
                                                           .reading = *reading,
                                                           .checkpoint = checkpoint,
                                                           .log = command.output + "/log.jsonl"},
                                                          command.resume, *device, &meter);
  if (!result.ok()) {
    std::error_code error;
    // Training makes its log when all it needs is there.
    const bool began = std::filesystem::exists(command.output + "/log.jsonl", error);
    if (run->made_folder && !began) RemoveUnstartedRun(command.output);
    return result.status();
  }
  if (GracefulStop::Requested()) {
    PrintError(absl::StrCat("interrupted after step ", result->step, "; --resume goes on from ",
                            checkpoint));
    GracefulStop::EndIfRequested();
  }
  return absl::OkStatus();
}

}  // namespace

Command AddTrain(CLI::App* root) {
  auto command = std::make_shared<TrainCommand>();
  CLI::App* app = root->add_subcommand("train", kTrainDescription);
  app->add_option("--config", command->config,
                  "tiny (a minute), small (hours), base (for a GPU), or a JSON file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  app->add_option("--tokenizer", command->tokenizer, "The model of \"bytepiece train\"")
      ->type_name("FILE");
  app->add_option("--train", command->train, "What to train on")->type_name("PATH");
  app->add_option("--validation", command->validation,
                  "What to measure on, of the same kinds; none: nothing is measured")
      ->type_name("PATH");
  AddReadingOptions(app, &command->reading);
  app->add_option("-o,--output", command->output, "The folder of the run")->type_name("DIR");
  app->add_option("--steps", command->steps, "Instead of the configuration's; with --resume too")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}).description(""));
  app->add_option("--seed", command->seed, "Instead of the configuration's")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""));
  app->add_flag("--resume", command->resume, "Go on from the checkpoint in OUTPUT");
  app->add_flag("--print-config", command->print_config, "Print the configuration and exit");
  app->add_flag("--quiet", command->quiet, "Show no progress");
  AddDeviceOptions(app, &command->device);
  app->footer(kTrainFooter);
  return {app, [app, command] { return Run(*app, *command); }};
}

}  // namespace bytepiece::lm
