// SPDX-License-Identifier: Apache-2.0
// bytepiece evaluate: one or several tokenizers on the same text, in numbers.
#include <omp.h>
#include <time.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/text/splitter.h"
#include "bytepiece/tokenizer.h"
#include "cli/commands/commands.h"
#include "cli/options/input_options.h"
#include "cli/options/model_option.h"
#include "cli/program/errors.h"
#include "cli/program/progress_meter.h"
#include "cli/program/table.h"
#include "cli/reports/evaluation.h"

namespace bytepiece {
namespace {

constexpr char kEvaluateDescription[] =
    "Measure what tokenizers make of a text: how well it is compressed, how the\n"
    "vocabulary is used, how each script fares. Several models stand side by side.";

constexpr char kEvaluateFooter[] =
    "Examples:\n"
    "  bytepiece evaluate -m my.model held-out.txt\n"
    "  bytepiece evaluate -m 8k.model -m 16k.model -m 32k.model --json test/*.jsonl.zst\n"
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

constexpr std::int64_t kReadBytes = std::int64_t{16} << 20;
constexpr std::size_t kSliceBytes = std::size_t{1} << 18;
constexpr std::size_t kTableWidth = 100;

struct EvaluateCommand {
  std::vector<std::string> models;
  std::optional<Normalization> normalization;
  InputOptions input;
  int threads = 0;
  bool json = false;
  ProgressOptions progress;
};

struct TextSize {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t characters = 0;
};

// One tokenizer and what it did so far; by thread, until Finish.
class Contestant {
 public:
  Contestant(std::string path, Tokenizer tokenizer, int threads)
      : path_(std::move(path)), tokenizer_(std::move(tokenizer)) {
    for (int i = 0; i < threads; ++i) states_.emplace_back(tokenizer_);
  }
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  absl::Status Encode(std::string_view text, int thread) {
    ThreadState& state = states_[static_cast<std::size_t>(thread)];
    state.ids.clear();
    const double start = ThreadSeconds();
    const absl::Status status = state.worker.Encode(text, {}, &state.ids);
    state.seconds += ThreadSeconds() - start;
    if (status.ok()) state.tally.Add(state.ids);
    return status;
  }

  void Finish() {
    for (std::size_t i = 1; i < states_.size(); ++i) {
      states_[0].tally.Merge(states_[i].tally);
      states_[0].seconds += states_[i].seconds;
    }
    evaluation_ = Evaluate(states_[0].tally);
  }

  const std::string& path() const { return path_; }
  Normalization normalization() const { return tokenizer_.normalization(); }
  const Evaluation& evaluation() const { return evaluation_; }
  double TokensPerSecond() const {
    return static_cast<double>(evaluation_.tokens) / std::max(states_[0].seconds, 1e-9);
  }

 private:
  struct ThreadState {
    explicit ThreadState(const Tokenizer& tokenizer)
        : tally(&tokenizer.vocabulary()), worker(tokenizer.NewWorker()) {}
    TokenTally tally;
    Worker worker;
    std::vector<TokenId> ids;
    double seconds = 0;
  };

  static double ThreadSeconds() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  std::string path_;
  Tokenizer tokenizer_;
  std::vector<ThreadState> states_;
  Evaluation evaluation_;
};

using Contestants = std::vector<std::unique_ptr<Contestant>>;

absl::Status EncodeDocuments(const std::vector<std::string>& documents, int threads,
                             Contestants* contestants, TextSize* size) {
  // No token and no normalisation crosses a cut.
  std::vector<std::string_view> slices;
  for (const std::string& document : documents) AppendSafeSlices(document, kSliceBytes, &slices);
  const auto count = static_cast<std::int64_t>(slices.size());
  std::int64_t characters = 0;
  size->documents += static_cast<std::int64_t>(documents.size());
  for (const std::string_view slice : slices)
    size->bytes += static_cast<std::int64_t>(slice.size());
#pragma omp parallel for schedule(dynamic) num_threads(threads) reduction(+ : characters)
  for (std::int64_t i = 0; i < count; ++i) characters += CountCharacters(slices[i]);
  size->characters += characters;
  std::vector<absl::Status> statuses(slices.size());
  for (const std::unique_ptr<Contestant>& contestant : *contestants) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (std::int64_t i = 0; i < count; ++i) {
      statuses[i].Update(contestant->Encode(slices[i], omp_get_thread_num()));
    }
  }
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<TextSize> EncodeAll(const EvaluateCommand& command, int threads, Corpus* corpus,
                                   Contestants* contestants) {
  ProgressMeter meter(command.progress);
  TextSize size;
  std::vector<std::string> documents;
  while (true) {
    if (absl::Status status = corpus->Read(kReadBytes, &documents); !status.ok()) return status;
    if (documents.empty()) break;
    absl::Status status = EncodeDocuments(documents, threads, contestants, &size);
    if (!status.ok()) return status;
    meter.Update({1, 1, "evaluating", corpus->consumed(), corpus->total(), "bytes"});
  }
  if (size.bytes == 0) {
    return absl::InvalidArgumentError("the input holds no text, so there is nothing to measure");
  }
  for (const std::unique_ptr<Contestant>& contestant : *contestants) contestant->Finish();
  return size;
}

// Without folders, as far as that tells the models apart.
std::string ShortName(const Contestants& all, const std::string& path) {
  const auto base = [](const std::string& p) { return p.substr(p.rfind('/') + 1); };
  int same = 0;
  for (const auto& contestant : all) same += base(contestant->path()) == base(path);
  return same > 1 ? path : base(path);
}

double PerToken(std::int64_t amount, const Evaluation& evaluation) {
  return static_cast<double>(amount) / static_cast<double>(evaluation.tokens);
}

std::string ScriptCell(const Evaluation::Script& script) {
  if (script.characters == 0) return "-";
  return absl::StrFormat("%.3f", script.tokens / static_cast<double>(script.characters));
}

void PrintTable(const TextSize& size, const Contestants& contestants) {
  std::vector<std::vector<std::string>> rows;
  const auto add_row = [&](const std::string& name, const auto& cell) {
    std::vector<std::string> row = {name};
    for (const auto& contestant : contestants) row.push_back(cell(*contestant));
    rows.push_back(std::move(row));
  };
  using One = const Contestant&;
  add_row("", [&](One one) { return ShortName(contestants, one.path()); });
  add_row("vocabulary size", [](One one) { return GroupDigits(one.evaluation().vocabulary_size); });
  add_row("tokens", [](One one) { return GroupDigits(one.evaluation().tokens); });
  add_row("bytes per token",
          [&](One one) { return absl::StrFormat("%.4f", PerToken(size.bytes, one.evaluation())); });
  add_row("characters per token", [&](One one) {
    return absl::StrFormat("%.4f", PerToken(size.characters, one.evaluation()));
  });
  add_row("tokens per second",
          [](One one) { return absl::StrFormat("%.2f M", one.TokensPerSecond() / 1e6); });
  add_row("vocabulary used", [](One one) {
    return absl::StrFormat("%.2f%%", 100 * one.evaluation().vocabulary_used);
  });
  add_row("Rényi efficiency",
          [](One one) { return absl::StrFormat("%.4f", one.evaluation().renyi_efficiency); });
  add_row("not valid UTF-8",
          [](One one) { return absl::StrFormat("%.3f%%", 100 * one.evaluation().invalid_tokens); });
  rows.push_back({"tokens per character"});
  for (std::size_t i = 0; i < kNumScriptClasses; ++i) {
    add_row(absl::StrCat("  ", ScriptClassLabel(static_cast<ScriptClass>(i))),
            [i](One one) { return ScriptCell(one.evaluation().scripts[i]); });
  }
  std::cout << GroupDigits(size.documents) << (size.documents == 1 ? " document, " : " documents, ")
            << GroupDigits(size.bytes) << " bytes, " << GroupDigits(size.characters)
            << " characters\n"
            << RenderTable(rows, kTableWidth) << std::flush;
}

nlohmann::ordered_json ToJson(const TextSize& size, const Contestant& contestant) {
  const Evaluation& evaluation = contestant.evaluation();
  nlohmann::ordered_json json = {
      {"model", contestant.path()},
      {"vocabulary_size", evaluation.vocabulary_size},
      {"tokens", evaluation.tokens},
      {"bytes_per_token", PerToken(size.bytes, evaluation)},
      {"characters_per_token", PerToken(size.characters, evaluation)},
      {"tokens_per_second", contestant.TokensPerSecond()},
      {"vocabulary_used", evaluation.vocabulary_used},
      {"renyi_efficiency", evaluation.renyi_efficiency},
      {"invalid_utf8_tokens", evaluation.invalid_tokens},
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

void PrintJson(const TextSize& size, const Contestants& contestants) {
  nlohmann::ordered_json json = {
      {"text",
       {{"documents", size.documents}, {"bytes", size.bytes}, {"characters", size.characters}}},
      {"models", nlohmann::ordered_json::array()}};
  for (const auto& contestant : contestants) json["models"].push_back(ToJson(size, *contestant));
  // A model's path may be any bytes.
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

absl::Status Run(const EvaluateCommand& command) {
  const int threads = command.threads > 0 ? command.threads : omp_get_num_procs();
  Contestants contestants;
  for (const std::string& path : command.models) {
    absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Load(path, command.normalization);
    if (!tokenizer.ok()) return tokenizer.status();
    contestants.push_back(std::make_unique<Contestant>(path, *std::move(tokenizer), threads));
  }
  InputOptions input = command.input;
  input.corpus.keep_byte_order_mark = std::all_of(
      contestants.begin(), contestants.end(),
      [](const auto& contestant) { return contestant->normalization() == Normalization::kNone; });
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  const absl::StatusOr<TextSize> size = EncodeAll(command, threads, corpus->get(), &contestants);
  if (!size.ok()) return size.status();
  if (command.json) {
    PrintJson(*size, contestants);
  } else {
    PrintTable(*size, contestants);
  }
  ReportInputNotes(**corpus);
  return absl::OkStatus();
}

}  // namespace

Command AddEvaluate(CLI::App* root) {
  auto command = std::make_shared<EvaluateCommand>();
  CLI::App* app = root->add_subcommand("evaluate", kEvaluateDescription);
  AddInputOptions(app, &command->input);
  app->add_option("-m,--model", command->models, "A model, in any format; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->required();
  AddNormalizationOption(app, "Unicode normalisation before segmentation, in place of the models'",
                         &command->normalization);
  app->add_flag("--json", command->json, "Print JSON, every number in full");
  AddThreadsOption(app, &command->threads);
  AddProgressOptions(app, &command->progress);
  app->footer(kEvaluateFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
