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
#include "cli/files/input_options.h"
#include "cli/files/model_file.h"
#include "cli/files/output_check.h"
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
#include "lm_cli/continuation_options.h"
#include "lm_cli/device_options.h"
#include "lm_cli/output_folder.h"
#include "lm_cli/text_files.h"

namespace bytepiece::lm {
namespace {

constexpr char kContinuationDescription[] =
    "Measure how prompts that end inside a token are continued";

std::string JsonPath(const ContinuationCommand& command) {
  return command.out + "/continuation.json";
}
std::string MarkdownPath(const ContinuationCommand& command) {
  return command.out + "/continuation.md";
}

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
  if (!tokenizer.ok()) return ExplainNoModel(command.tokenizer, tokenizer.status());
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

// A text that was read, and what is asked about it.
struct PromptText {
  std::string path;
  std::vector<std::string> documents;
  InputNotes notes;
  PromptSet prompts;
};

absl::StatusOr<double> BitsPerByte(const std::vector<std::string>& documents,
                                   const TrainedModel& trained,
                                   const std::function<bool(double)>& progress) {
  const auto corpus = EncodeDocuments(documents, trained.tokenizer);
  if (!corpus.ok()) return corpus.status();
  const TrainingConfig& training = trained.config.training;
  const auto evaluation =
      Evaluate(**corpus, TokenBytes(trained.tokenizer),
               {.rows = training.rows, .length = training.length, .progress = progress},
               trained.model.get());
  if (!evaluation.ok()) return evaluation.status();
  return evaluation->bits_per_byte();
}

absl::StatusOr<PromptText> ReadText(const ContinuationCommand& command,
                                    const CorpusOptions& reading, const std::string& path,
                                    const Tokenizer& tokenizer) {
  PromptText text = {.path = path, .documents = {}, .notes = {}, .prompts = {}};
  auto documents = ReadDocuments(path, reading, tokenizer, &text.notes);
  if (!documents.ok()) return documents.status();
  text.documents = *std::move(documents);
  auto prompts = MakePrompts(text.documents, command.prompts, tokenizer);
  if (!prompts.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", prompts.status().message()));
  }
  text.prompts = *std::move(prompts);
  return text;
}

absl::StatusOr<ContinuationReport> Measure(const ContinuationCommand& command,
                                           const PromptText& text, Answerer* answerer,
                                           const PrefixIndex& index, ProgressMeter* meter,
                                           Progress* stage) {
  ContinuationReport report;
  report.text = std::filesystem::path(text.path).filename();
  report.counts = text.prompts.counts;
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
    std::int64_t size = 0;
    for (const std::string& document : text.documents) size += std::ssize(document);
    const auto bits =
        BitsPerByte(text.documents, *answerer->trained, next_stage(bits_name, size, "bytes"));
    if (!bits.ok()) return bits.status();
    report.bits_per_byte = *bits;
  }
  std::int64_t all = 0;
  for (const PromptKind kind : kPromptKinds) {
    all += std::ssize(text.prompts.Of(kind));
  }
  auto scores = ScorePrompts(text.prompts, command.harness, answerer->tokenizer(), index,
                             answerer->model.get(), next_stage(report.text, all, "prompts"));
  if (!scores.ok()) return scores.status();
  report.scores = *std::move(scores);
  return report;
}

// Error: a report would be written over something that is read.
absl::Status CheckFiles(const ContinuationCommand& command, const CorpusOptions& reading) {
  FilesInUse files;
  files.Read({CheckpointPath(command.model), command.tokenizer}, "an input");
  absl::Status status = ReadTexts(command.texts, reading, &files);
  if (command.out.empty()) return status;
  const std::vector<std::string> reports = {JsonPath(command), MarkdownPath(command)};
  status.Update(files.Write(reports, "the report"));
  return status;
}

absl::StatusOr<std::vector<PromptText>> ReadAllTexts(const ContinuationCommand& command,
                                                     const CorpusOptions& reading,
                                                     const Tokenizer& tokenizer) {
  std::vector<PromptText> texts;
  for (const std::string& path : command.texts) {
    auto text = ReadText(command, reading, path, tokenizer);
    if (!text.ok()) return text.status();
    texts.push_back(*std::move(text));
  }
  return texts;
}

// A report of each text, in their order. An interruption ends the program.
absl::StatusOr<std::vector<ContinuationReport>> MeasureAll(const ContinuationCommand& command,
                                                           const std::vector<PromptText>& texts,
                                                           Answerer* answerer,
                                                           const PrefixIndex& index) {
  const GracefulStop stop;
  ProgressMeter meter({.progress = false, .quiet = command.quiet, .log_json = ""});
  const int stages_of_text = answerer->trained ? 2 : 1;
  Progress stage = {.stage = 0, .stages = static_cast<int>(texts.size()) * stages_of_text};
  std::vector<ContinuationReport> reports;
  for (const PromptText& text : texts) {
    auto report = Measure(command, text, answerer, index, &meter, &stage);
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
  const absl::Status status = WriteFile(JsonPath(command), text_of(1));
  return status.ok() ? WriteFile(MarkdownPath(command), markdown) : status;
}

absl::Status Run(const ContinuationCommand& command) {
  if (absl::Status status = CheckContinuationUsage(command); !status.ok()) return status;
  const absl::StatusOr<CorpusOptions> reading = ToCorpusOptions(command.reading);
  if (!reading.ok()) return reading.status();
  if (absl::Status status = CheckFiles(command, *reading); !status.ok()) return status;
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
  const auto texts = ReadAllTexts(command, *reading, answerer.tokenizer());
  if (!texts.ok()) return texts.status();
  const auto reports = MeasureAll(command, *texts, &answerer, index);
  if (!reports.ok()) return reports.status();
  const absl::Status status = Publish(command, AllToJson(command, answerer, *reports),
                                      AllToMarkdown(command, answerer, *reports));
  if (!status.ok()) return status;
  for (const PromptText& text : *texts) ReportInputNotes(text.notes);
  return absl::OkStatus();
}

}  // namespace

Command AddContinuation(CLI::App* root) {
  auto command = std::make_shared<ContinuationCommand>();
  CLI::App* app = root->add_subcommand("continuation", kContinuationDescription);
  AddContinuationOptions(app, command.get());
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
