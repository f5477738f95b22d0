// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm continuation: how well prompts that end inside a token are continued.
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "cli/program/errors.h"
#include "cli/program/progress_meter.h"
#include "cli/program/signals.h"
#include "cli/program/style.h"
#include "lm/continuation/harness.h"
#include "lm/continuation/process_token_model.h"
#include "lm/continuation/report.h"
#include "lm/continuation/transformer_token_model.h"
#include "lm/data/corpus_source.h"
#include "lm/training/evaluation.h"
#include "lm/training/training.h"
#include "lm_cli/commands.h"
#include "lm_cli/continuation_dialog.h"
#include "lm_cli/device_options.h"
#include "lm_cli/output_folder.h"

namespace bytepiece::lm {
namespace {

constexpr char kContinuationDescription[] =
    "Measure how prompts that end inside a token are continued";

constexpr char kContinuationFooter[] =
    "Prompts are drawn from the texts: \"partial\" ones end inside a token of their text,\n"
    "\"word-like\" ones besides where a person may stop writing and what stands before the cut\n"
    "is a piece, \"aligned\" ones between two tokens. Each method answers the same questions:\n"
    "  naive              the prompt's tokens, then the model\n"
    "  back-off-K         K tokens are taken off; what follows must agree with their bytes\n"
    "  back-off-adaptive  as many as may be the beginning of one piece\n"
    "  exact              the sum over what the tokenizer may make of the text to come\n"
    "  full               the sum over all segmentations of the prompt's last bytes\n"
    "OUT/continuation.json holds every figure, OUT/continuation.md tables, which are printed\n"
    "too. All except the times is a function of the model, the texts, the options and --seed.\n"
    "\n"
    "A program of yours may take the model's place: it gets lines like\n"
    "  {\"contexts\": [[1, 512, 77], [1, 9]]}\n"
    "and answers each with a row of ln p(next token = id) for each context,\n"
    "  {\"log_probabilities\": [[-3.2, ...], [...]]}\n"
    "after a first line {\"vocab_size\": 32000, \"name\": \"mine\"}; docs/examples/token_model.py\n"
    "is one.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm continuation --model run --text zh.jsonl --text en.jsonl --out found\n"
    "  bytepiece-lm continuation --model run --methods naive,exact --prompts 50 --text zh.jsonl\n"
    "  bytepiece-lm continuation --program ./mine --tokenizer my.model --text zh.jsonl\n"
    "  bytepiece-lm continuation --model run --interactive";

struct ContinuationCommand {
  std::string model;
  std::string program;
  std::string tokenizer;
  std::vector<std::string> texts;
  std::string out;
  HarnessOptions harness = {
      .methods = {"naive", "back-off-1", "back-off-2", "back-off-adaptive", "exact", "full"}};
  PromptOptions prompts;
  bool json = false;
  bool quiet = false;
  bool interactive = false;
  std::string color = "auto";
  DeviceOptions device;
};

// Whoever answers, and the tokenizer that the answers are about.
struct Answerer {
  std::string name;
  std::optional<TrainedModel> trained;  // unless it is a program
  std::optional<Tokenizer> loaded;      // if it is
  std::unique_ptr<TokenModel> model;

  const Tokenizer& tokenizer() const { return trained ? trained->tokenizer : *loaded; }
};

absl::Status StartProgram(const ContinuationCommand& command, Answerer* answerer) {
  auto tokenizer = Tokenizer::Load(command.tokenizer, {.trust = ModelTrust::kTrusted});
  if (!tokenizer.ok()) return tokenizer.status();
  auto process = ProcessTokenModel::Start(command.program);
  if (!process.ok()) return process.status();
  if ((*process)->vocab_size() < tokenizer->vocab_size()) {
    return absl::InvalidArgumentError(
        absl::StrCat((*process)->name(), " knows ", (*process)->vocab_size(), " tokens, and ",
                     command.tokenizer, " has ", tokenizer->vocab_size()));
  }
  answerer->name = (*process)->name();
  answerer->loaded.emplace(*std::move(tokenizer));
  answerer->model = *std::move(process);
  return absl::OkStatus();
}

absl::Status LoadModel(const ContinuationCommand& command, Answerer* answerer) {
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  auto trained = LoadTrainedModel(CheckpointPath(command.model), *device);
  if (!trained.ok()) return trained.status();
  const auto path = std::filesystem::path(command.model).lexically_normal();
  answerer->name = path.has_filename() ? path.filename() : path.parent_path().filename();
  answerer->trained.emplace(*std::move(trained));
  auto model = TransformerTokenModel::Create(answerer->trained->model,
                                             answerer->trained->tokenizer.vocab_size());
  if (!model.ok()) return model.status();
  answerer->model = *std::move(model);
  return absl::OkStatus();
}

absl::StatusOr<double> BitsPerByte(const std::string& text, const TrainedModel& trained,
                                   const std::function<bool(double)>& progress) {
  const auto source = OpenCorpus(text, {}, &trained.tokenizer);
  if (!source.ok()) return source.status();
  const auto corpus = (*source)->Epoch(0);
  if (!corpus.ok()) return corpus.status();
  const TrainingConfig& training = trained.config.training;
  const auto evaluation =
      Evaluate(**corpus, TokenBytes(trained.tokenizer),
               {.rows = training.rows, .length = training.length, .progress = progress},
               trained.model.get());
  if (!evaluation.ok()) return evaluation.status();
  return evaluation->bits_per_byte();
}

absl::StatusOr<PromptSet> ReadPrompts(const ContinuationCommand& command, const std::string& path,
                                      const Tokenizer& tokenizer) {
  const auto documents = ReadDocuments(path);
  if (!documents.ok()) return documents.status();
  auto prompts = MakePrompts(*documents, command.prompts, tokenizer);
  if (prompts.ok()) return prompts;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", prompts.status().message()));
}

absl::StatusOr<ContinuationReport> Measure(const ContinuationCommand& command,
                                           const std::string& path, const PromptSet& prompts,
                                           Answerer* answerer, const PrefixIndex& index,
                                           ProgressMeter* meter, Progress* stage) {
  ContinuationReport report;
  report.text = std::filesystem::path(path).filename();
  report.counts = prompts.counts;
  const auto next_stage = [&](std::string_view name, std::int64_t total, std::string_view unit) {
    ++stage->stage;
    stage->name = name;
    stage->total = total;
    stage->unit = unit;
    return [=](double share) {
      stage->done = static_cast<std::int64_t>(share * static_cast<double>(total));
      return meter->Update(*stage);
    };
  };
  const std::string bits_name = report.text + ", bits per byte";
  if (answerer->trained) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    const auto total = error ? 0 : static_cast<std::int64_t>(size);
    const auto bits = BitsPerByte(path, *answerer->trained, next_stage(bits_name, total, "bytes"));
    if (!bits.ok()) return bits.status();
    report.bits_per_byte = *bits;
  }
  std::int64_t all = 0;
  for (const PromptKind kind : kPromptKinds) {
    all += static_cast<std::int64_t>(prompts.Of(kind).size());
  }
  auto scores = ScorePrompts(prompts, command.harness, answerer->tokenizer(), index,
                             answerer->model.get(), next_stage(report.text, all, "prompts"));
  if (!scores.ok()) return scores.status();
  report.scores = *std::move(scores);
  return report;
}

absl::Status CheckUsage(const ContinuationCommand& command) {
  if (command.model.empty() == command.program.empty()) {
    return UsageError("give --model or --program, one of the two");
  }
  if (!command.program.empty() && command.tokenizer.empty()) {
    return UsageError("--program needs --tokenizer: the model file its ids are of");
  }
  if (!command.tokenizer.empty() && command.program.empty()) {
    return UsageError("--tokenizer belongs to --program; a --model has its own");
  }
  if (command.interactive && (!command.texts.empty() || !command.out.empty() || command.json)) {
    return UsageError("--interactive measures nothing: leave --text, --out and --json out");
  }
  if (command.prompts.shortest_prompt > command.prompts.longest_prompt) {
    return UsageError(absl::StrCat("--shortest-prompt ", command.prompts.shortest_prompt,
                                   " is more than --longest-prompt ",
                                   command.prompts.longest_prompt));
  }
  if (command.texts.empty() && !command.interactive) {
    return UsageError("--text is needed, or --interactive");
  }
  for (const std::string& method : command.harness.methods) {
    if (const auto parsed = ParseMethod(method); !parsed.ok()) return AsUsageError(parsed.status());
  }
  return AsUsageError(ParseMethod(command.harness.reference).status());
}

absl::StatusOr<std::vector<PromptSet>> ReadAllPrompts(const ContinuationCommand& command,
                                                      const Tokenizer& tokenizer) {
  std::vector<PromptSet> prompts;
  for (const std::string& text : command.texts) {
    auto set = ReadPrompts(command, text, tokenizer);
    if (!set.ok()) return set.status();
    prompts.push_back(*std::move(set));
  }
  return prompts;
}

// A report of each text, in their order. An interruption ends the program.
absl::StatusOr<std::vector<ContinuationReport>> MeasureAll(const ContinuationCommand& command,
                                                           const std::vector<PromptSet>& prompts,
                                                           Answerer* answerer,
                                                           const PrefixIndex& index) {
  const GracefulStop stop;
  ProgressMeter meter({.progress = false, .quiet = command.quiet, .log_json = ""});
  const int stages_of_text = answerer->trained ? 2 : 1;
  Progress stage = {.stage = 0, .stages = static_cast<int>(command.texts.size()) * stages_of_text};
  std::vector<ContinuationReport> reports;
  for (std::size_t i = 0; i < command.texts.size(); ++i) {
    auto report = Measure(command, command.texts[i], prompts[i], answerer, index, &meter, &stage);
    GracefulStop::EndIfRequested();
    if (!report.ok()) return report.status();
    reports.push_back(*std::move(report));
  }
  return reports;
}

nlohmann::ordered_json AllToJson(const ContinuationCommand& command, const Answerer& answerer,
                                 const std::vector<ContinuationReport>& reports) {
  nlohmann::ordered_json json = {
      {"model", answerer.name},
      {"vocab_size", answerer.tokenizer().vocab_size()},
      {"seed", command.prompts.seed},
      {"prompts", command.prompts.prompts},
      {"prompt_bytes", {command.prompts.shortest_prompt, command.prompts.longest_prompt}},
      {"next_bytes", command.prompts.next_bytes},
      {"distance_to", command.harness.reference}};
  for (const ContinuationReport& report : reports) {
    json["texts"].push_back(ReportToJson(report, command.prompts.seed));
  }
  return json;
}

std::string AllToMarkdown(const ContinuationCommand& command, const Answerer& answerer,
                          const std::vector<ContinuationReport>& reports) {
  std::string markdown = absl::StrCat("# ", answerer.name, "\n");
  for (const ContinuationReport& report : reports) {
    absl::StrAppend(&markdown, "\n", ReportToMarkdown(report, command.prompts.seed));
  }
  return markdown;
}

// Prints what was found, and leaves it in --out.
absl::Status Publish(const ContinuationCommand& command, const nlohmann::ordered_json& json,
                     const std::string& markdown) {
  // File names need not be UTF-8.
  const auto text_of = [&](int indent) {
    return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  };
  std::cout << (command.json ? text_of(-1) : markdown) << std::flush;
  if (command.out.empty()) return absl::OkStatus();
  const absl::Status status = WriteFile(command.out + "/continuation.json", text_of(1));
  return status.ok() ? WriteFile(command.out + "/continuation.md", markdown) : status;
}

absl::Status Run(const ContinuationCommand& command) {
  if (absl::Status status = CheckUsage(command); !status.ok()) return status;
  Answerer answerer;
  const absl::Status made =
      command.program.empty() ? LoadModel(command, &answerer) : StartProgram(command, &answerer);
  if (!made.ok()) return made;
  const PrefixIndex index(&answerer.tokenizer().vocabulary());
  if (command.interactive) {
    return ContinuationDialog(command.harness.methods, answerer.tokenizer(), index,
                              MakeStyle(command.color), answerer.model.get());
  }
  if (!command.out.empty()) {
    if (absl::Status status = MakeFolder(command.out); !status.ok()) return status;
  }
  // All texts are read before any is measured.
  const auto prompts = ReadAllPrompts(command, answerer.tokenizer());
  if (!prompts.ok()) return prompts.status();
  const auto reports = MeasureAll(command, *prompts, &answerer, index);
  if (!reports.ok()) return reports.status();
  return Publish(command, AllToJson(command, answerer, *reports),
                 AllToMarkdown(command, answerer, *reports));
}

// Whom to ask, about what, and how.
void AddQuestionOptions(CLI::App* app, ContinuationCommand* command) {
  app->add_option("-m,--model", command->model, "A run's folder, or its checkpoint")
      ->type_name("DIR");
  app->add_option("--program", command->program,
                  "Anybody's model instead: a command that answers on its standard output")
      ->type_name("COMMAND");
  app->add_option("--tokenizer", command->tokenizer, "The model file that the program's ids are of")
      ->type_name("FILE");
  app->add_option("--text", command->texts,
                  "What to draw prompts from: text the model has never seen; .jsonl or plain; "
                  "repeatable")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--methods", command->harness.methods, "Which, comma-separated")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--reference", command->harness.reference,
                  "The method that the distance of the next byte is to")
      ->type_name("NAME")
      ->capture_default_str();
}

void AddPromptOptions(CLI::App* app, PromptOptions* prompts) {
  const auto count = [](std::int64_t least) {
    return CLI::Range(least, std::int64_t{1} << 30).description("");
  };
  app->add_option("--prompts", prompts->prompts, "Of each kind, for each text")
      ->type_name("N")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--longest-prompt", prompts->longest_prompt,
                  "Bytes; as the model was trained for")
      ->type_name("BYTES")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--shortest-prompt", prompts->shortest_prompt, "Bytes")
      ->type_name("BYTES")
      ->check(count(0))
      ->capture_default_str();
  app->add_option("--next-bytes", prompts->next_bytes,
                  "How many bytes of the true continuation are scored")
      ->type_name("N")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--seed", prompts->seed, "Of the prompts, and of the intervals")
      ->type_name("N")
      ->capture_default_str();
}

void AddReportOptions(CLI::App* app, ContinuationCommand* command) {
  app->add_option("-o,--out", command->out, "A folder for the report; none: it is only printed")
      ->type_name("DIR");
  app->add_flag("--json", command->json, "Print the JSON instead of the tables");
  app->add_flag("--quiet", command->quiet, "Show no progress");
  app->add_flag("--interactive", command->interactive,
                "Read prompts, a line each, and show what each method makes of them");
  AddColorOption(app, &command->color);
}

}  // namespace

Command AddContinuation(CLI::App* root) {
  auto command = std::make_shared<ContinuationCommand>();
  CLI::App* app = root->add_subcommand("continuation", kContinuationDescription);
  AddQuestionOptions(app, command.get());
  AddPromptOptions(app, &command->prompts);
  AddReportOptions(app, command.get());
  AddDeviceOptions(app, &command->device);
  app->footer(kContinuationFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
