// SPDX-License-Identifier: Apache-2.0
// bytepiece evaluate: one or several tokenizers on the same text, in numbers.
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/text/splitter.h"
#include "cli/commands/commands.h"
#include "cli/files/input_options.h"
#include "cli/files/output_check.h"
#include "cli/options/model_option.h"
#include "cli/options/text_memory.h"
#include "cli/program/errors.h"
#include "cli/program/file_names.h"
#include "cli/program/printable.h"
#include "cli/program/progress_meter.h"
#include "cli/program/table.h"
#include "cli/program/terminal.h"
#include "cli/reports/contestant.h"
#include "cli/reports/evaluation.h"

namespace bytepiece {
namespace {

constexpr char kEvaluateDescription[] =
    "Measure what tokenizers make of a text: how well it is compressed,\n"
    "how the vocabulary is used, how each script fares. Several models\n"
    "stand side by side.";

constexpr char kEvaluateFooter[] =
    "Examples:\n"
    "  bytepiece evaluate -m my.model held-out.txt\n"
    "  bytepiece evaluate -m 8k.model -m 16k.model -m 32k.model --json test/*.jsonl.zst\n"
    "  bytepiece evaluate -m my.model -m spm.model -m tokenizer.json held-out.txt\n"
    "      side by side with other libraries\n"
    "\n"
    "Models of SentencePiece and HuggingFace are run by python3, the first in PATH, which must\n"
    "have the package sentencepiece or tokenizers. They get the text in stretches of some 256\n"
    "kB, cut at ends of lines, without special tokens. Unknown tokens lose text; a script's\n"
    "tokens are counted by where tokens end in the text, what no token holds going to the next.\n"
    "\n"
    "bytes, characters per token  of the input as it is; a character is a code point, or\n"
    "                             a byte that is no part of one\n"
    "tokens per second            of one thread, by the processor time it spends encoding;\n"
    "                             threads disturb each other: --threads 1 gives the best\n"
    "vocabulary used              distinct tokens in the text / vocabulary size\n"
    "Rényi efficiency             H / ln(vocabulary size), H = ln(sum of p^2.5) / -1.5 over\n"
    "                             the relative frequencies p of the tokens (Zouhar et al.,\n"
    "                             ACL 2023, order 2.5); 1 if all are equally frequent\n"
    "not valid UTF-8              tokens in the text that are, or contain, parts of\n"
    "                             characters or invalid bytes / tokens\n"
    "tokens per character         of the normalised text. A token counts evenly for its\n"
    "                             bytes: \" map\" gives each of its 4 bytes 1/4 token, so\n"
    "                             white space 1/4 and Latin 3/4. Digits (category Nd),\n"
    "                             white space, then punctuation and symbols (P, S) are\n"
    "                             told from scripts; a script is Unicode's Script property";

constexpr std::size_t kSliceBytes = std::size_t{1} << 18;
// Memory for a byte of text at worst: read, held and normalised, ids as they grow.
constexpr std::int64_t kEvaluateCost = 32;
constexpr std::size_t kTableWidth = 100;

struct EvaluateCommand {
  std::vector<std::string> models;
  std::optional<Normalization> normalization;
  InputOptions input;
  int threads = 0;
  std::int64_t memory_limit = 0;
  bool json = false;
  ProgressOptions progress;
};

struct TextSize {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t characters = 0;
};

using Contestants = std::vector<std::unique_ptr<Contestant>>;

absl::Status EncodeDocuments(const std::vector<std::string>& documents, int threads,
                             Contestants* contestants, TextSize* size) {
  // No token and no normalisation crosses a cut.
  std::vector<std::string_view> slices;
  for (const std::string& document : documents) AppendSafeSlices(document, kSliceBytes, &slices);
  std::atomic<std::int64_t> characters = 0;
  ForEachOnThreads(slices.size(), threads,
                   [&](std::size_t i, int) { characters += CountCharacters(slices[i]); });
  size->characters += characters;
  for (const std::string_view slice : slices) {
    size->bytes += static_cast<std::int64_t>(slice.size());
  }
  for (const std::unique_ptr<Contestant>& contestant : *contestants) {
    if (absl::Status status = contestant->Encode(slices); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<TextSize> EncodeAll(const EvaluateCommand& command, int threads,
                                   std::int64_t batch_bytes, Corpus* corpus,
                                   Contestants* contestants) {
  absl::Status status = FilesInUse()
                            .Read(command.models, "a model")
                            .Read(corpus->files())
                            .Write({command.progress.log_json}, "the log");
  if (!status.ok()) return status;
  ProgressMeter meter(command.progress);
  if (!meter.status().ok()) return meter.status();
  TextSize size;
  std::vector<std::string> documents;
  while (true) {
    if (status = corpus->Read(batch_bytes, &documents); !status.ok()) return status;
    if (documents.empty()) break;
    status = EncodeDocuments(documents, threads, contestants, &size);
    if (!status.ok()) return status;
    meter.Update({1, 1, "evaluating", corpus->consumed(), corpus->total(), "bytes"});
  }
  size.documents = corpus->documents();
  if (size.bytes == 0) {
    status = absl::InvalidArgumentError("the input holds no text, so there is nothing to measure");
    return WithLeftOut(status, corpus->notes());
  }
  if (status = meter.Finish(); !status.ok()) return status;
  return size;
}

// The figures of a contestant for the whole text.
struct Score {
  std::string path;
  Evaluation evaluation;
  std::optional<double> tokens_per_second;
};

// Without folders, as far as that tells the models apart.
std::string ShortName(const std::vector<Score>& all, const std::string& path) {
  const auto base = [](const std::string& p) { return p.substr(p.rfind('/') + 1); };
  const auto same = std::count_if(
      all.begin(), all.end(), [&](const Score& score) { return base(score.path) == base(path); });
  return same > 1 ? path : base(path);
}

bool HasUnknown(const Score& score) { return score.evaluation.unknown_tokens > 0; }

double PerToken(std::int64_t amount, const Evaluation& evaluation) {
  return static_cast<double>(amount) / static_cast<double>(evaluation.tokens);
}

std::string ScriptCell(const Evaluation::Script& script) {
  if (script.characters == 0) return "-";
  return absl::StrFormat("%.3f", script.tokens / static_cast<double>(script.characters));
}

std::string OptionalCell(int digits, double factor, const std::optional<double>& value,
                         std::string_view unit = "") {
  if (!value) return "-";
  return absl::StrFormat("%.*f", digits, factor * *value) + std::string(unit);
}

void PrintTable(const TextSize& size, const std::vector<Score>& scores) {
  std::vector<std::vector<std::string>> rows;
  const auto add_row = [&](const std::string& name, const auto& cell) {
    std::vector<std::string> row = {name};
    for (const Score& score : scores) row.push_back(cell(score));
    rows.push_back(std::move(row));
  };
  using One = const Score&;
  add_row("", [&](One one) { return Printable(ShortName(scores, one.path)); });
  add_row("vocabulary size", [](One one) { return GroupDigits(one.evaluation.vocabulary_size); });
  add_row("tokens", [](One one) { return GroupDigits(one.evaluation.tokens); });
  if (std::any_of(scores.begin(), scores.end(), [](One one) { return HasUnknown(one); })) {
    add_row("unknown tokens", [](One one) { return GroupDigits(one.evaluation.unknown_tokens); });
  }
  add_row("bytes per token",
          [&](One one) { return absl::StrFormat("%.4f", PerToken(size.bytes, one.evaluation)); });
  add_row("characters per token", [&](One one) {
    return absl::StrFormat("%.4f", PerToken(size.characters, one.evaluation));
  });
  add_row("tokens per second",
          [](One one) { return OptionalCell(2, 1e-6, one.tokens_per_second, " M"); });
  add_row("vocabulary used",
          [](One one) { return OptionalCell(2, 100, one.evaluation.vocabulary_used, "%"); });
  add_row("Rényi efficiency",
          [](One one) { return OptionalCell(4, 1, one.evaluation.renyi_efficiency); });
  add_row("not valid UTF-8",
          [](One one) { return OptionalCell(3, 100, one.evaluation.invalid_tokens, "%"); });
  rows.push_back({"tokens per character"});
  for (std::size_t i = 0; i < kNumScriptClasses; ++i) {
    add_row(absl::StrCat("  ", ScriptClassLabel(static_cast<ScriptClass>(i))),
            [i](One one) { return ScriptCell(one.evaluation.scripts[i]); });
  }
  std::cout << GroupDigits(size.documents) << (size.documents == 1 ? " document, " : " documents, ")
            << GroupDigits(size.bytes) << " bytes, " << GroupDigits(size.characters)
            << " characters\n"
            << RenderTable(rows, TerminalWidth(STDOUT_FILENO).value_or(kTableWidth)) << std::flush;
}

nlohmann::ordered_json NumberOrNull(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json ToJson(const TextSize& size, const Score& score) {
  const Evaluation& evaluation = score.evaluation;
  nlohmann::ordered_json json = {
      {"model", score.path},
      {"vocabulary_size", evaluation.vocabulary_size},
      {"tokens", evaluation.tokens},
      {"unknown_tokens", evaluation.unknown_tokens},
      {"bytes_per_token", PerToken(size.bytes, evaluation)},
      {"characters_per_token", PerToken(size.characters, evaluation)},
      {"tokens_per_second", NumberOrNull(score.tokens_per_second)},
      {"vocabulary_used", NumberOrNull(evaluation.vocabulary_used)},
      {"renyi_efficiency", NumberOrNull(evaluation.renyi_efficiency)},
      {"invalid_utf8_tokens", NumberOrNull(evaluation.invalid_tokens)},
  };
  for (std::size_t i = 0; i < kNumScriptClasses; ++i) {
    const Evaluation::Script& script = evaluation.scripts[i];
    nlohmann::ordered_json& entry = json["scripts"][ScriptClassKey(static_cast<ScriptClass>(i))];
    entry = {{"characters", script.characters}, {"tokens", script.tokens}};
    entry["tokens_per_character"] =
        script.characters == 0
            ? nlohmann::ordered_json()
            : nlohmann::ordered_json(script.tokens / static_cast<double>(script.characters));
  }
  return json;
}

void PrintJson(const TextSize& size, const std::vector<Score>& scores) {
  nlohmann::ordered_json json = {
      {"text",
       {{"documents", size.documents}, {"bytes", size.bytes}, {"characters", size.characters}}},
      {"models", nlohmann::ordered_json::array()}};
  for (const Score& score : scores) json["models"].push_back(ToJson(size, score));
  // A model's path may be any bytes.
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

absl::Status Run(const EvaluateCommand& command) {
  const int threads = command.threads > 0 ? command.threads : omp_get_num_procs();
  Contestants contestants;
  for (const std::string& path : command.models) {
    absl::StatusOr<std::unique_ptr<Contestant>> contestant =
        Contestant::Load(path, command.normalization, threads);
    if (!contestant.ok()) return contestant.status();
    contestants.push_back(*std::move(contestant));
  }
  const absl::StatusOr<TextMemory> memory =
      DivideTextMemory(command.memory_limit, threads, kEvaluateCost);
  if (!memory.ok()) return memory.status();
  InputOptions input = command.input;
  memory->Apply(&input.corpus);
  input.corpus.parts.part_bytes = kSliceBytes;
  input.corpus.keep_byte_order_mark =
      std::all_of(contestants.begin(), contestants.end(),
                  [](const auto& contestant) { return contestant->TakesEveryByte(); });
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  const absl::StatusOr<TextSize> size =
      EncodeAll(command, threads, memory->batch_bytes, corpus->get(), &contestants);
  if (!size.ok()) return size.status();
  std::vector<Score> scores;
  for (const std::unique_ptr<Contestant>& contestant : contestants) {
    Evaluation evaluation = contestant->Evaluate();
    scores.push_back({contestant->path(), std::move(evaluation), contestant->TokensPerSecond()});
  }
  if (command.json) {
    PrintJson(*size, scores);
  } else {
    PrintTable(*size, scores);
  }
  ReportInputNotes((*corpus)->notes());
  return absl::OkStatus();
}

}  // namespace

Command AddEvaluate(CLI::App* root) {
  auto command = std::make_shared<EvaluateCommand>();
  CLI::App* app = root->add_subcommand("evaluate", kEvaluateDescription);
  AddInputOptions(app, &command->input);
  app->add_option("-m,--model", command->models,
                  "A model, in any format; or, to compare, a SentencePiece model or\n"
                  "a tokenizer.json of HuggingFace; repeatable")
      ->type_name("FILE")
      ->check(NotStandardInput("a model"))
      ->allow_extra_args(false)
      ->required();
  AddNormalizationOption(app,
                         "Unicode normalisation before segmentation, in place of the\n"
                         "BytePiece models'",
                         &command->normalization);
  app->add_flag("--json", command->json, "Print JSON, every number in full");
  AddThreadsOption(app, &command->threads);
  AddMemoryLimitOption(app, &command->memory_limit);
  AddProgressOptions(app, &command->progress);
  app->footer(kEvaluateFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
