// SPDX-License-Identifier: Apache-2.0
// bytepiece convert: models from one format to another, other libraries' among them, scores of one
// kind to the other, and special tokens added.
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/tokenizer.h"
#include "cli/commands/commands.h"
#include "cli/files/input_options.h"
#include "cli/files/model_file.h"
#include "cli/files/output_check.h"
#include "cli/options/export_output.h"
#include "cli/options/model_option.h"
#include "cli/options/model_output.h"
#include "cli/program/errors.h"
#include "cli/program/file_names.h"
#include "cli/reports/score_comparison.h"

namespace bytepiece {
namespace {

constexpr char kConvertDescription[] =
    "Convert a model to other formats, other libraries' too, or scores;\n"
    "add special tokens";

constexpr char kConvertFooter[] =
    "Converts between BytePiece's format and the reference's JSON without changing an id; what\n"
    "JSON has no place for is left out: settings and, with a warning, special tokens and whole\n"
    "scores, since its readers score by logarithms. The compiled form holds the model and its\n"
    "tables, for programs that start often; every command takes it, and makes the tables anew\n"
    "where they are damaged or of another version. It is mapped while it is used: replace it by\n"
    "renaming a new one over it, as this command and mv do, never by writing into it, as cp does.\n"
    "\n"
    "Other scores (--scores) are other segmentations of some texts: --compare tells how many ids\n"
    "of your text change, how many of these because two segmentations have the same sum of whole\n"
    "scores (an exact tie), and what becomes of the number of tokens. Pieces, ids and counts\n"
    "stay, so the way back to log leads to the model as it was; a network trained on ids of the\n"
    "one should be fed with those.\n"
    "\n"
    "What is made for other libraries keeps every id. By whole scores HuggingFace's give the same "
    "ids\n"
    "for all valid UTF-8 that spells no special token; SentencePiece mostly does: "
    "docs/exports.md.\n"
    "In the folder tokenizer.json and tokenizer_config.json are replaced, all else stays, such as\n"
    "weights beside them; files of another tokenizer that would be read with these are refused.\n"
    "\n"
    "An added special token takes the place of the first reserved one (train --pad-vocab-to),\n"
    "so that the vocabulary keeps its size; if there is none, it is appended.\n"
    "\n"
    "Examples:\n"
    "  bytepiece convert --to protobuf -o my.model bytepiece.plus.80k.model\n"
    "  bytepiece convert --to json -o reference.model my.model\n"
    "  bytepiece convert --to compiled -o my.compiled my.model\n"
    "  bytepiece convert --scores whole --compare held-out.txt -o whole.model my.model\n"
    "  bytepiece convert --to huggingface --chat-template chat.jinja -o my-tokenizer my.model\n"
    "  bytepiece convert --add-special-token \"<|tool|>\" -o new.model my.model\n";

struct ConvertCommand {
  std::string input;
  std::string output;
  ConversionTarget target;
  std::optional<Normalization> normalization;
  std::optional<ScoreKind> scores;
  InputOptions compared;
  std::vector<std::string> special_tokens;
};

constexpr std::int64_t kComparedBytes = std::int64_t{16} << 20;  // at a time

// Says what the model's scores, other than those of `before`, make of the texts.
absl::Status Compare(Model before, const Model& after, Corpus* corpus) {
  Model whole = ScoresOf(after) == ScoreKind::kWhole ? after : before;
  SetScores(ScoreKind::kWhole, &whole);
  const absl::StatusOr<Tokenizer> old_one =
      Tokenizer::Create(std::move(before), after.normalization);
  if (!old_one.ok()) return old_one.status();
  const absl::StatusOr<Tokenizer> new_one = Tokenizer::Create(after);
  if (!new_one.ok()) return new_one.status();
  ScoreComparer comparer(*old_one, *new_one, whole.whole_scores);
  std::vector<std::string> documents;
  while (true) {
    if (absl::Status status = corpus->Read(kComparedBytes, &documents); !status.ok()) return status;
    if (documents.empty()) break;
    for (const std::string& document : documents) comparer.Add(document);
  }
  std::cerr << ComparisonText(comparer.result()) << std::flush;
  ReportInputNotes(corpus->notes());
  return absl::OkStatus();
}

// The texts to compare on; null if there are none.
absl::StatusOr<std::unique_ptr<Corpus>> OpenCompared(const ConvertCommand& command) {
  if (command.compared.arguments.empty()) return nullptr;
  return OpenInputs(command.compared, Passes::kOne);
}

// `model` as one of ours. `before`: it with its old scores, if there is something to compare on.
absl::Status WriteAsModel(const ConvertCommand& command, Model before, Model model,
                          Corpus* compared) {
  const ModelFormat format = command.target.format;
  absl::Status has_place = CheckModelFormat(format, model.normalization, command.scores);
  if (!has_place.ok()) return has_place;
  for (const std::string& warning : DropWhatHasNoPlace(format, {&model, 1})) PrintError(warning);
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(command.output);
  if (!file.ok()) return file.status();
  absl::Status status = WriteModelAs(format, model, &*file);
  if (status.ok() && compared != nullptr) status = Compare(std::move(before), model, compared);
  return status.ok() ? file->Commit() : status;
}

absl::Status Run(const ConvertCommand& command) {
  absl::Status sensible = CheckConversionTarget(command.target, command.output);
  if (!sensible.ok()) return sensible;
  const absl::StatusOr<std::unique_ptr<Corpus>> compared = OpenCompared(command);
  if (!compared.ok()) return compared.status();
  FilesInUse files;
  files.Read({command.input}, "the model");
  files.Read({command.target.chat_template}, "the chat template");
  if (*compared != nullptr) files.Read((*compared)->files());
  absl::Status safe = files.Write(OutputFiles(command.target, command.output), "the output");
  if (!safe.ok()) return safe;
  absl::StatusOr<Model> model = ReadModelFile(command.input);
  if (!model.ok()) return ExplainNoModel(command.input, model.status());
  Model before = *compared != nullptr ? *model : Model();
  model->normalization = command.normalization.value_or(model->normalization);
  for (const std::string& token : command.special_tokens) AddSpecialToken(token, &*model);
  if (absl::Status status = ValidateModel(*model); !status.ok()) return status;
  if (command.scores) SetScores(*command.scores, &*model);
  if (command.target.kind == ConversionTarget::Kind::kModel) {
    return WriteAsModel(command, std::move(before), *std::move(model), compared->get());
  }
  if (*compared != nullptr) {
    absl::Status status = Compare(std::move(before), *model, compared->get());
    if (!status.ok()) return status;
  }
  return WriteExport(command.target, *model, command.output);
}

}  // namespace

Command AddConvert(CLI::App* root) {
  auto command = std::make_shared<ConvertCommand>();
  CLI::App* app = root->add_subcommand("convert", kConvertDescription);
  app->add_option("model", command->input, "The model to convert, in any format")
      ->type_name("FILE")
      ->check(NotStandardInput("a model"))
      ->required();
  app->add_option("-o,--output", command->output,
                  "The new model; \"-\" is standard output. For huggingface a\n"
                  "folder, made if it is not there")
      ->type_name("PATH")
      ->required();
  AddConversionTargetOptions(app, &command->target);
  AddNormalizationOption(app, "Set the normalisation that the model asks for",
                         &command->normalization);
  AddScoresOption(app,
                  "How the model scores its pieces: whole, in whole numbers of\n"
                  "64ths of a nat, made of the counts, or log, by their logarithms;\n"
                  "ids, counts and all else stay (default: as it does)",
                  &command->scores);
  app->add_option("--compare", command->compared.arguments,
                  "Texts, as encode takes them: says on standard error what the\n"
                  "new scores change there, and by how much")
      ->type_name("PATH...")
      ->expected(1, std::numeric_limits<int>::max());
  app->add_option("--add-special-token", command->special_tokens,
                  "The text of a token of its own, such as <|user|>: never split, and\n"
                  "never made from text unless encode is told so; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app->footer(kConvertFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
