// SPDX-License-Identifier: Apache-2.0
// bytepiece convert: models from one format to another, and special tokens added.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_io.h"
#include "cli/commands/commands.h"
#include "cli/options/model_option.h"
#include "cli/options/model_output.h"
#include "cli/options/output_check.h"
#include "cli/options/terminal_check.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr char kConvertDescription[] = "Convert a model, or add special tokens to it";

constexpr char kConvertFooter[] =
    "Converts between BytePiece's format and the reference's JSON without changing an id; what\n"
    "JSON has no place for is left out: settings and, with a warning, special tokens. The\n"
    "compiled form holds the model and its tables, for programs that start often; every\n"
    "command takes it, and makes the tables anew where they are damaged or of another version.\n"
    "It is mapped while it is used: replace it by renaming a new one over it, as this command\n"
    "and mv do, never by writing into it, as cp does.\n"
    "\n"
    "An added special token takes the place of the first reserved one (train --pad-vocab-to),\n"
    "so that the vocabulary keeps its size; if there is none, it is appended.\n"
    "\n"
    "Examples:\n"
    "  bytepiece convert --to protobuf -o my.model bytepiece.plus.80k.model\n"
    "  bytepiece convert --to json -o reference.model my.model\n"
    "  bytepiece convert --to compiled -o my.compiled my.model\n"
    "  bytepiece convert --add-special-token \"<|tool|>\" -o new.model my.model\n";

struct ConvertCommand {
  std::string input;
  std::string output;
  ModelFormat format = ModelFormat::kProtobuf;
  std::optional<Normalization> normalization;
  std::vector<std::string> special_tokens;
};

absl::Status Run(const ConvertCommand& command) {
  if (command.format != ModelFormat::kJson) {
    absl::Status shown = CheckNoTerminal(command.output, "a model");
    if (!shown.ok()) return shown;
  }
  absl::Status safe =
      FilesInUse().Read({command.input}, "the model").Write({command.output}, "the output");
  if (!safe.ok()) return safe;
  absl::StatusOr<Model> model = ReadModelFile(command.input);
  if (!model.ok()) return model.status();
  model->normalization = command.normalization.value_or(model->normalization);
  for (const std::string& token : command.special_tokens) AddSpecialToken(token, &*model);
  if (absl::Status status = ValidateModel(*model); !status.ok()) return status;
  absl::Status has_place = CheckModelFormat(command.format, model->normalization);
  if (!has_place.ok()) return has_place;
  const std::string warning = DropWhatHasNoPlace(command.format, &*model);
  if (!warning.empty()) PrintError(warning);
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(command.output);
  if (!file.ok()) return file.status();
  absl::Status status = WriteModelAs(command.format, *model, &*file);
  return status.ok() ? file->Commit() : status;
}

}  // namespace

Command AddConvert(CLI::App* root) {
  auto command = std::make_shared<ConvertCommand>();
  CLI::App* app = root->add_subcommand("convert", kConvertDescription);
  app->add_option("model", command->input, "The model to convert, in any format")
      ->type_name("FILE")
      ->required();
  app->add_option("-o,--output", command->output, "The new model; \"-\" is standard output")
      ->type_name("FILE")
      ->required();
  AddModelFormatOption(app, "--to", &command->format);
  AddNormalizationOption(app, "Set the normalisation that the model asks for",
                         &command->normalization);
  app->add_option("--add-special-token", command->special_tokens,
                  "A token for which text never stands unless the caller allows it;\n"
                  "repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app->footer(kConvertFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
