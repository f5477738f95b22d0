// SPDX-License-Identifier: Apache-2.0
#include "cli/options/model_output.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/token_files/piece_text.h"
#include "cli/files/output_ending.h"
#include "cli/program/choice.h"

namespace bytepiece {
namespace {

std::string DropSpecialTokens(Model* model) {
  std::vector<std::string> names;
  std::size_t reserved = 0;
  for (const SpecialToken& token : model->special_tokens) {
    if (token.reserved) {
      ++reserved;
    } else {
      names.push_back(absl::StrCat("\"", EscapeBytes(token.text), "\""));
    }
  }
  model->special_tokens.clear();
  std::string lost = absl::StrJoin(names, ", ");
  if (reserved > 0) {
    absl::StrAppend(&lost, names.empty() ? "" : " and ", reserved, " reserved ",
                    reserved == 1 ? "token" : "tokens");
  }
  return absl::StrCat("warning: the json format has no place for special tokens; left out: ", lost);
}

std::string DropWholeScores(Model* model) {
  SetScores(ScoreKind::kLog, model);
  return "warning: the json format has no place for whole scores, and its readers score by "
         "logarithms: some texts may get other ids; convert --compare tells how many";
}

}  // namespace

const std::map<std::string, ModelFormat>& ModelFormatNames() {
  static const auto& names =
      *new std::map<std::string, ModelFormat>{{"protobuf", ModelFormat::kProtobuf},
                                              {"json", ModelFormat::kJson},
                                              {"compiled", ModelFormat::kCompiled}};
  return names;
}

const char kModelFormatHelp[] =
    "protobuf holds everything; json is the reference's format,\n"
    "which has no place for settings, special tokens and whole\n"
    "scores; compiled is protobuf with its tables ready to be\n"
    "mapped: it loads at once, but is good for this kind of\n"
    "machine, and to be trusted like a program";

void AddModelFormatOption(CLI::App* app, const std::string& name, ModelFormat* format) {
  app->add_option_function<std::string>(
         name, [format](const std::string& value) { *format = ModelFormatNames().at(value); },
         kModelFormatHelp)
      ->type_name("protobuf|json|compiled")
      ->check(OneOf(ModelFormatNames()))
      ->default_str("protobuf");
}

void AddScoresOption(CLI::App* app, const std::string& description,
                     std::optional<ScoreKind>* scores) {
  std::map<std::string, ScoreKind> names;
  for (const ScoreKind kind : {ScoreKind::kLog, ScoreKind::kWhole}) {
    names[ScoreKindName(kind)] = kind;
  }
  app->add_option_function<std::string>(
         "--scores", [names, scores](const std::string& name) { *scores = names.at(name); },
         description)
      ->type_name("log|whole")
      ->check(OneOf(names));
}

absl::Status CheckModelFormat(ModelFormat format, Normalization normalization,
                              std::optional<ScoreKind> scores) {
  if (format != ModelFormat::kJson) return absl::OkStatus();
  if (scores == ScoreKind::kWhole) {
    return absl::InvalidArgumentError(
        "the json format means scores by logarithms to all its readers, and cannot hold whole "
        "ones; use protobuf, or --scores log");
  }
  if (normalization != Normalization::kNfc) {
    return absl::InvalidArgumentError(
        "the json format means NFC to all its readers, and cannot hold the normalization none; use "
        "protobuf, or --normalization nfc");
  }
  return absl::OkStatus();
}

absl::Status CheckModelName(const std::string& path, ModelFormat format, std::string_view option) {
  std::vector<std::string_view> own = {".model"};
  if (format == ModelFormat::kJson) own.push_back(".json");
  if (format == ModelFormat::kCompiled) own.push_back(".compiled");
  std::string_view name = "protobuf";
  if (format != ModelFormat::kProtobuf) name = format == ModelFormat::kJson ? "json" : "compiled";
  const std::string ending = NameEnding(path);
  std::string remedy = "name it otherwise, such as my.model";
  if (ending == ".json" || ending == ".compiled") {
    remedy = absl::StrCat("say ", std::string(option), " ", ending.substr(1), ", or ", remedy);
  }
  return CheckEnding(path, own, absl::StrCat(std::string(option), " ", std::string(name)), remedy);
}

std::vector<std::string> DropWhatHasNoPlace(ModelFormat format, absl::Span<Model> models) {
  std::vector<std::string> warnings;
  if (format != ModelFormat::kJson) return warnings;
  const auto warn = [&warnings](std::string warning) {
    if (std::find(warnings.begin(), warnings.end(), warning) != warnings.end()) return;
    warnings.push_back(std::move(warning));
  };
  for (Model& model : models) {
    if (!model.special_tokens.empty()) warn(DropSpecialTokens(&model));
    if (ScoresOf(model) == ScoreKind::kWhole) warn(DropWholeScores(&model));
  }
  return warnings;
}

absl::Status WriteModelAs(ModelFormat format, const Model& model, AtomicFile* file) {
  absl::Status status = CheckModelFormat(format, model.normalization, ScoresOf(model));
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> bytes = ModelToBytes(model, format);
  if (!bytes.ok()) return bytes.status();
  return file->Write(*bytes);
}

}  // namespace bytepiece
