// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm extrapolation: models read beyond the length they were trained at.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/folder_lock.h"
#include "bytepiece/tokenizer.h"
#include "cli/program/errors.h"
#include "cli/program/signals.h"
#include "lm/data/corpus_source.h"
#include "lm/extrapolation/length_scores.h"
#include "lm/extrapolation/variants.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/extrapolation_results.h"
#include "lm_cli/output_folder.h"
#include "lm_cli/run_config_option.h"
#include "lm_cli/training_meter.h"

namespace bytepiece::lm {
namespace {

constexpr char kExtrapolationDescription[] =
    "Train variants at a length, and measure them beyond it in every form of inference";

constexpr char kExtrapolationFooter[] =
    "Variants, trained each with the configuration's sizes, steps and length N:\n"
    "  rope, rope-log-n   full attention, RoPE; with log n scaling\n"
    "  inv-leaky          larger steps beyond N/4 in training, RoPE after it; log n\n"
    "  inv-leaky-b        the same with a larger base\n"
    "  hwfa               windows, then a full layer without positions; log n\n"
    "  hwfa2, hwfa2-wW-fF windows of W, and F full layers with RoPE among them; log n\n"
    "  swan               windows and full layers without positions in turns\n"
    "  vq, performer, rnn-tanh, rnn-gru, rnn-linear\n"
    "Forms, of full layers trained with RoPE: as trained, pi, ntk-fixed, ntk-mixed, rerope-wW,\n"
    "leaky-wW-kK; with log n after training alone where there was none in it.\n"
    "Texts: \"natural\", the validation's; \"repeated\", its stretches of N tokens again and\n"
    "again. Measured are loss and accuracy over all positions, and over the last N.\n"
    "\n"
    "OUT is a folder: models/VARIANT-SEED as \"train\" leaves them, results.json with all\n"
    "settings, results.md. Stopped, the same command goes on; nothing is done twice. More\n"
    "variants, seeds or lengths may be asked for later.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm extrapolation --config tiny --tokenizer my.model --train train.txt \\\n"
    "      --validation held_out.txt --variants rope,rope-log-n,hwfa2 --out found\n"
    "  bytepiece-lm extrapolation --config my.json --tokenizer my.model --train train.txt \\\n"
    "      --validation held_out.txt --seeds 0,1,2 --times 1,2,4,8,16 --out found";

constexpr std::chrono::seconds kPatienceForCheckpoint(600);
constexpr std::int64_t kTokensAtOnce = 4096;  // as many as a step of training has, or so

struct ExtrapolationCommand {
  std::string config = "tiny";
  std::string tokenizer;
  std::string train;
  std::string validation;
  std::string out;
  std::vector<std::string> variants = VariantNames();
  std::vector<std::int64_t> times = {1, 2, 4, 8};
  std::vector<std::int64_t> seeds = {0};
  std::int64_t expansion = 8;
  std::int64_t tokens = 65536;
  bool quiet = false;
  DeviceOptions device;
};

// A model to train, and its texts to be read.
struct Trial {
  std::string variant;
  std::int64_t seed = 0;
  RunConfig config;

  std::string name() const { return absl::StrCat(variant, "-", seed); }
};

struct LengthText {
  std::string kind;
  std::int64_t length = 0;
  Stretches stretches;
};

absl::StatusOr<std::vector<Trial>> PlanTrials(const ExtrapolationCommand& command,
                                              const RunConfig& base) {
  std::vector<Trial> trials;
  for (const std::int64_t seed : command.seeds) {
    for (const std::string& variant : command.variants) {
      const auto model = MakeVariant(
          variant, base.model, {.length = base.training.length, .expansion = command.expansion});
      if (!model.ok()) return AsUsageError(model.status());
      Trial trial = {variant, seed, base};
      trial.config.model = *model;
      trial.config.training.seed = seed;
      trials.push_back(std::move(trial));
    }
  }
  return trials;
}

// The settings that all results of a folder have in common.
nlohmann::ordered_json Settings(const ExtrapolationCommand& command, const RunConfig& base) {
  RunConfig seedless = base;
  seedless.training.seed = 0;
  return {{"config", nlohmann::ordered_json::parse(RunConfigToJson(seedless))},
          {"tokenizer", command.tokenizer},
          {"train", command.train},
          {"validation", command.validation},
          {"expansion", command.expansion},
          {"tokens", command.tokens}};
}

absl::StatusOr<std::vector<LengthText>> ReadLengths(const ExtrapolationCommand& command,
                                                    std::int64_t length,
                                                    const Tokenizer& tokenizer) {
  const auto source = OpenCorpus(command.validation, {}, &tokenizer);
  if (!source.ok()) return source.status();
  const auto corpus = (*source)->Epoch(0);
  if (!corpus.ok()) return corpus.status();
  std::vector<LengthText> texts;
  for (const std::int64_t times : command.times) {
    auto natural = NaturalStretches(*corpus, times * length, command.tokens);
    if (!natural.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(command.validation, ": ", natural.status().message()));
    }
    texts.push_back({"natural", times * length, *std::move(natural)});
    auto repeated = RepeatedStretches(*corpus, length, times, command.tokens);
    if (!repeated.ok()) return repeated.status();
    texts.push_back({"repeated", times * length, *std::move(repeated)});
  }
  return texts;
}

class Experiment {
 public:
  Experiment(const ExtrapolationCommand& command, const Tokenizer& tokenizer,
             const torch::Device& device, std::vector<LengthText> texts,
             ExtrapolationResults* results)
      : command_(command),
        tokenizer_(tokenizer),
        device_(device),
        texts_(std::move(texts)),
        results_(results) {}

  // Cancelled: somebody wished to stop.
  absl::Status Run(const Trial& trial) {
    const std::vector<NamedModel> forms =
        InferenceForms(trial.config.model,
                       {.length = trial.config.training.length, .expansion = command_.expansion});
    if (IsMeasured(trial, forms)) return absl::OkStatus();
    if (absl::Status status = Train(trial); !status.ok()) return status;
    for (const NamedModel& form : forms) {
      if (absl::Status status = Measure(trial, form); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  std::string Checkpoint(const Trial& trial) const {
    return absl::StrCat(command_.out, "/models/", trial.name(), "/checkpoint");
  }

  static ExtrapolationKey Key(const Trial& trial, const NamedModel& form, const LengthText& text) {
    return {trial.variant, trial.seed, form.name, text.kind, text.length};
  }

  bool IsMeasured(const Trial& trial, const std::vector<NamedModel>& forms) const {
    return std::all_of(forms.begin(), forms.end(), [&](const NamedModel& form) {
      return std::all_of(texts_.begin(), texts_.end(), [&](const LengthText& text) {
        return results_->Has(Key(trial, form, text));
      });
    });
  }

  // To the end, from its checkpoint if there is one.
  absl::Status Train(const Trial& trial) {
    const std::string folder = absl::StrCat(command_.out, "/models/", trial.name());
    const std::string checkpoint = Checkpoint(trial);
    std::error_code ignored;
    const bool resume = std::filesystem::exists(checkpoint, ignored);
    if (resume) {
      const auto earlier = LoadTrainedModel(checkpoint, torch::Device(torch::kCPU));
      if (!earlier.ok()) return earlier.status();
      if (earlier->step == trial.config.training.steps) return absl::OkStatus();
    }
    if (absl::Status status = MakeFolder(folder); !status.ok()) return status;
    Say(trial, "training");
    TrainingMeter meter(command_.quiet);
    const auto result = lm::Train(trial.config, tokenizer_,
                                  {.train = command_.train,
                                   .validation = command_.validation,
                                   .checkpoint = checkpoint,
                                   .log = folder + "/log.jsonl"},
                                  resume, device_, &meter);
    if (!result.ok()) return result.status();
    return GracefulStop::Requested() ? absl::CancelledError("interrupted") : absl::OkStatus();
  }

  absl::Status Measure(const Trial& trial, const NamedModel& form) {
    std::optional<TrainedModel> trained;
    for (const LengthText& text : texts_) {
      const ExtrapolationKey key = Key(trial, form, text);
      if (results_->Has(key)) continue;
      if (!trained) {
        auto loaded =
            LoadTrainedModel(Checkpoint(trial), device_, OtherModel{.config = form.model});
        if (!loaded.ok()) return loaded.status();
        trained.emplace(*std::move(loaded));
        Say(trial, form.name);
      }
      const auto scores =
          ScoreStretches(text.stretches, trial.config.training.length, kTokensAtOnce,
                         trained->model.get(), [] { return !GracefulStop::Requested(); });
      if (!scores.ok()) return scores.status();
      if (absl::Status status = results_->Add(key, *scores); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Say(const Trial& trial, const std::string& what) const {
    if (!command_.quiet) std::cerr << trial.name() << ": " << what << std::endl;
  }

  const ExtrapolationCommand& command_;
  const Tokenizer& tokenizer_;
  torch::Device device_;
  std::vector<LengthText> texts_;
  ExtrapolationResults* results_;
};

absl::Status Run(const ExtrapolationCommand& command) {
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  const auto base = ReadRunConfig(command.config);
  if (!base.ok()) return base.status();
  const auto trials = PlanTrials(command, *base);
  if (!trials.ok()) return trials.status();
  const auto tokenizer = Tokenizer::Load(command.tokenizer, {.trust = ModelTrust::kTrusted});
  if (!tokenizer.ok()) return tokenizer.status();
  auto texts = ReadLengths(command, base->training.length, *tokenizer);
  if (!texts.ok()) return texts.status();
  if (absl::Status status = MakeFolder(command.out); !status.ok()) return status;
  const auto lock = FolderLock::Take(command.out, "the folder");
  if (!lock.ok()) return lock.status();
  auto results =
      ExtrapolationResults::Open(command.out + "/results.json", Settings(command, *base));
  if (!results.ok()) return results.status();

  const GracefulStop stop("interrupted; the same command goes on", kPatienceForCheckpoint);
  Experiment experiment(command, *tokenizer, *device, *std::move(texts), &*results);
  for (const Trial& trial : *trials) {
    const absl::Status status = experiment.Run(trial);
    GracefulStop::EndIfRequested();
    if (!status.ok()) return status;
  }
  const std::string markdown = results->ToMarkdown();
  std::cout << markdown << std::flush;
  return WriteFile(command.out + "/results.md", markdown);
}

}  // namespace

Command AddExtrapolation(CLI::App* root) {
  auto command = std::make_shared<ExtrapolationCommand>();
  CLI::App* app = root->add_subcommand("extrapolation", kExtrapolationDescription);
  const auto file = [&](const char* name, std::string* value, const char* what) {
    return app->add_option(name, *value, what)->type_name("FILE")->required();
  };
  const auto list = [&](const char* name, auto* values, const char* what) {
    return app->add_option(name, *values, what)->delimiter(',')->capture_default_str();
  };
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 30).description("");
  app->add_option("--config", command->config, "Sizes and training, as for \"train\"")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  file("--tokenizer", &command->tokenizer, "The model of \"bytepiece train\"");
  file("--train", &command->train, "What to train on");
  file("--validation", &command->validation, "What to measure on");
  app->add_option("-o,--out", command->out, "The folder of the experiment")
      ->type_name("DIR")
      ->required();
  list("--variants", &command->variants, "Which")->type_name("NAME,...");
  list("--times", &command->times, "Lengths to read at, by the training's")
      ->type_name("N,...")
      ->check(positive);
  list("--seeds", &command->seeds, "Each variant is trained with each")
      ->type_name("N,...")
      ->check(CLI::NonNegativeNumber.description(""));
  app->add_option("--expansion", command->expansion, "What forms are made for: the longest by N")
      ->type_name("N")
      ->check(positive)
      ->capture_default_str();
  app->add_option("--tokens", command->tokens, "To measure on, about, for each length")
      ->type_name("N")
      ->check(positive)
      ->capture_default_str();
  app->add_flag("--quiet", command->quiet, "Show no progress");
  AddDeviceOptions(app, &command->device);
  app->footer(kExtrapolationFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
