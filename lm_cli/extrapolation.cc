// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm extrapolation: models read beyond the length they were trained at.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/folder_lock.h"
#include "bytepiece/tokenizer.h"
#include "cli/files/input_options.h"
#include "cli/files/model_file.h"
#include "cli/files/output_check.h"
#include "cli/program/errors.h"
#include "cli/program/signals.h"
#include "lm/data/corpus_source.h"
#include "lm/extrapolation/length_scores.h"
#include "lm/extrapolation/variants.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/extrapolation_options.h"
#include "lm_cli/extrapolation_plots.h"
#include "lm_cli/extrapolation_results.h"
#include "lm_cli/inference_cost.h"
#include "lm_cli/output_folder.h"
#include "lm_cli/run_config_option.h"
#include "lm_cli/text_files.h"
#include "lm_cli/training_meter.h"

namespace bytepiece::lm {
namespace {

constexpr char kExtrapolationDescription[] =
    "Train variants at a length, and measure them beyond it in every form of inference";

constexpr std::chrono::seconds kPatienceForCheckpoint(600);
constexpr std::int64_t kTokensAtOnce = 4096;  // as many as a step of training has, or so

// A model to train, and its texts to be read.
struct Trial {
  std::string variant;
  std::int64_t seed = 0;
  RunConfig config;

  std::string name() const { return absl::StrCat(variant, "-", seed); }
};

std::string ModelFolder(const ExtrapolationCommand& command, const Trial& trial) {
  return absl::StrCat(command.out, "/models/", trial.name());
}

std::string PlotPath(const ExtrapolationCommand& command, const std::string& name) {
  return absl::StrCat(command.out, "/plots/", name);
}

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
  nlohmann::ordered_json settings = {
      {"config", nlohmann::ordered_json::parse(RunConfigToJson(seedless))},
      {"tokenizer", command.tokenizer},
      {"train", command.train},
      {"validation", command.validation},
      {"expansion", command.expansion},
      {"tokens", command.tokens}};
  for (const auto& [name, value] : command.changed_reading) settings[name] = value;
  return settings;
}

absl::StatusOr<std::vector<LengthText>> ReadLengths(const ExtrapolationCommand& command,
                                                    const CorpusOptions& reading,
                                                    std::int64_t length,
                                                    const Tokenizer& tokenizer) {
  const auto source = OpenCorpus(command.validation, {.reading = reading}, &tokenizer);
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
  Experiment(const ExtrapolationCommand& command, const CorpusOptions& reading,
             const Tokenizer& tokenizer, const torch::Device& device, std::vector<LengthText> texts,
             ExtrapolationResults* results)
      : command_(command),
        reading_(reading),
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
    return ModelFolder(command_, trial) + "/checkpoint";
  }

  static ExtrapolationKey Key(const Trial& trial, const NamedModel& form, const LengthText& text) {
    return {trial.variant, trial.seed, form.name, text.kind, text.length};
  }

  // The times that are not known yet.
  std::vector<CostKey> UnknownCosts(const Trial& trial, const NamedModel& form) const {
    if (command_.repeats == 0) return {};
    const std::int64_t length = trial.config.training.length;
    std::vector<CostKey> costs;
    for (const std::int64_t at : std::set<std::int64_t>{length, command_.expansion * length}) {
      costs.push_back({trial.variant, form.name, at});
    }
    std::erase_if(costs, [&](const CostKey& key) { return results_->HasCost(key); });
    return costs;
  }

  bool IsMeasured(const Trial& trial, const std::vector<NamedModel>& forms) const {
    return std::all_of(forms.begin(), forms.end(), [&](const NamedModel& form) {
      return UnknownCosts(trial, form).empty() &&
             std::all_of(texts_.begin(), texts_.end(), [&](const LengthText& text) {
               return results_->Has(Key(trial, form, text));
             });
    });
  }

  // Trains to the end, from the checkpoint if there is one.
  absl::Status Train(const Trial& trial) {
    const std::string folder = ModelFolder(command_, trial);
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
                                   .reading = reading_,
                                   .checkpoint = checkpoint,
                                   .log = folder + "/log.jsonl"},
                                  resume, device_, &meter);
    if (!result.ok()) return result.status();
    return GracefulStop::Requested() ? absl::CancelledError("interrupted") : absl::OkStatus();
  }

  absl::Status Measure(const Trial& trial, const NamedModel& form) {
    if (IsMeasured(trial, {form})) return absl::OkStatus();
    Say(trial, form.name);
    const auto trained =
        LoadTrainedModel(Checkpoint(trial), device_, OtherModel{.config = form.model});
    if (!trained.ok()) return trained.status();
    for (const LengthText& text : texts_) {
      const ExtrapolationKey key = Key(trial, form, text);
      if (results_->Has(key)) continue;
      const auto scores =
          ScoreStretches(text.stretches, trial.config.training.length, kTokensAtOnce,
                         trained->model.get(), [] { return !GracefulStop::Requested(); });
      if (!scores.ok()) return scores.status();
      if (absl::Status status = results_->Add(key, *scores); !status.ok()) return status;
    }
    for (const CostKey& key : UnknownCosts(trial, form)) {
      if (GracefulStop::Requested()) return absl::CancelledError("interrupted");
      const auto cost = MeasureInferenceCost(key.length, command_.repeats, trained->model.get());
      if (!cost.ok()) return cost.status();
      const absl::Status status = results_->AddCost(key, *cost, DescribeDevice(device_));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Say(const Trial& trial, const std::string& what) const {
    if (!command_.quiet) std::cerr << trial.name() << ": " << what << std::endl;
  }

  const ExtrapolationCommand& command_;
  const CorpusOptions& reading_;
  const Tokenizer& tokenizer_;
  torch::Device device_;
  std::vector<LengthText> texts_;
  ExtrapolationResults* results_;
};

// Error: what the experiment is to write is something that it reads.
absl::Status CheckFiles(const ExtrapolationCommand& command, const CorpusOptions& reading,
                        const std::vector<Trial>& trials) {
  FilesInUse files;
  files.Read({command.config, command.tokenizer}, "an input");
  absl::Status status = ReadTexts({command.train, command.validation}, reading, &files);
  for (const Trial& trial : trials) {
    const std::string folder = ModelFolder(command, trial);
    status.Update(files.Write({folder + "/checkpoint"}, "the checkpoint"));
    status.Update(files.Write({folder + "/log.jsonl"}, "the log"));
  }
  status.Update(files.Write({command.out + "/results.json", command.out + "/results.md"},
                            "the file of results"));
  for (const std::string& name : ExtrapolationPlotNames(command.variants)) {
    status.Update(files.Write({PlotPath(command, name)}, "the plot"));
  }
  return status;
}

// Prints the tables, and leaves them and the plots in the folder.
absl::Status Publish(const ExtrapolationCommand& command, const ExtrapolationResults& results) {
  const std::string markdown = results.ToMarkdown();
  std::cout << markdown << std::flush;
  absl::Status status = WriteFile(command.out + "/results.md", markdown);
  if (status.ok()) status = MakeFolder(command.out + "/plots");
  for (const auto& [name, svg] : DrawExtrapolation(results, command.variants)) {
    if (status.ok()) status = WriteFile(PlotPath(command, name), svg);
  }
  return status;
}

absl::Status Run(const ExtrapolationCommand& command) {
  const absl::StatusOr<CorpusOptions> reading = ToCorpusOptions(command.reading);
  if (!reading.ok()) return reading.status();
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  const auto base = ReadRunConfig(command.config);
  if (!base.ok()) return base.status();
  const auto trials = PlanTrials(command, *base);
  if (!trials.ok()) return trials.status();
  if (absl::Status status = CheckFiles(command, *reading, *trials); !status.ok()) return status;
  const auto tokenizer = Tokenizer::Load(command.tokenizer, {.trust = ModelTrust::kTrusted});
  if (!tokenizer.ok()) return ExplainNoModel(command.tokenizer, tokenizer.status());
  auto texts = ReadLengths(command, *reading, base->training.length, *tokenizer);
  if (!texts.ok()) return texts.status();
  if (absl::Status status = MakeFolder(command.out); !status.ok()) return status;
  const auto lock = FolderLock::Take(command.out, "the folder");
  if (!lock.ok()) return lock.status();
  auto results =
      ExtrapolationResults::Open(command.out + "/results.json", Settings(command, *base));
  if (!results.ok()) return results.status();

  const GracefulStop stop("interrupted; the same command goes on", kPatienceForCheckpoint);
  Experiment experiment(command, *reading, *tokenizer, *device, *std::move(texts), &*results);
  for (const Trial& trial : *trials) {
    const absl::Status status = experiment.Run(trial);
    GracefulStop::EndIfRequested();
    if (!status.ok()) return status;
  }
  return Publish(command, *results);
}

}  // namespace

Command AddExtrapolation(CLI::App* root) {
  auto command = std::make_shared<ExtrapolationCommand>();
  CLI::App* app = root->add_subcommand("extrapolation", kExtrapolationDescription);
  AddExtrapolationOptions(app, command.get());
  return {app, [app, command] {
            command->changed_reading = ChangedReadingOptions(*app);
            return Run(*command);
          }};
}

}  // namespace bytepiece::lm
