// SPDX-License-Identifier: Apache-2.0
#include "cli/options/export_output.h"

#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/export/huggingface.h"
#include "bytepiece/export/sentencepiece.h"
#include "bytepiece/io/atomic_file.h"
#include "cli/files/output_ending.h"
#include "cli/options/model_output.h"
#include "cli/options/terminal_check.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

using Kind = ConversionTarget::Kind;

bool IsFolder(const ConversionTarget& target) {
  return target.kind == Kind::kHuggingFace || target.kind == Kind::kHuggingFaceJs;
}

absl::Status WriteHuggingFaceFolder(const ConversionTarget& target, const Model& model,
                                    const std::string& folder) {
  HuggingFaceOptions options;
  options.for_javascript = target.kind == Kind::kHuggingFaceJs;
  if (!target.chat_template.empty()) {
    constexpr std::int64_t kMostBytes = 16 << 20;
    absl::StatusOr<std::string> text = ReadFile(target.chat_template, kMostBytes);
    if (!text.ok()) return text.status();
    options.chat_template = *std::move(text);
  }
  absl::Status status = WriteHuggingFace(model, folder, options);
  if (!status.ok()) return status;
  for (const std::string& note : HuggingFaceNotes(model)) PrintError(note);
  return absl::OkStatus();
}

absl::Status WriteSentencePieceFile(const Model& model, const std::string& path) {
  const absl::StatusOr<SentencePieceModel> exported = ToSentencePiece(model);
  if (!exported.ok()) return exported.status();
  if (absl::Status status = WriteFile(path, exported->bytes); !status.ok()) return status;
  for (const std::string& note : SentencePieceNotes(model, *exported)) PrintError(note);
  return absl::OkStatus();
}

}  // namespace

void AddConversionTargetOptions(CLI::App* app, ConversionTarget* target) {
  std::map<std::string, std::pair<Kind, ModelFormat>> targets = {
      {"huggingface", {Kind::kHuggingFace, {}}},
      {"huggingface-js", {Kind::kHuggingFaceJs, {}}},
      {"sentencepiece", {Kind::kSentencePiece, {}}}};
  for (const auto& [name, format] : ModelFormatNames()) targets[name] = {Kind::kModel, format};
  app->add_option_function<std::string>(
         "--to",
         [targets, target](const std::string& name) {
           std::tie(target->kind, target->format) = targets.at(name);
         },
         absl::StrCat(kModelFormatHelp,
                      ";\n"
                      "huggingface is a folder for AutoTokenizer.from_pretrained,\n"
                      "huggingface-js one for transformers.js and\n"
                      "@huggingface/tokenizers; sentencepiece is a .model of that\n"
                      "library"))
      ->type_name("protobuf|json|compiled|huggingface|huggingface-js|sentencepiece")
      ->check(OneOf(targets))
      ->default_str("protobuf");
  app->add_option("--chat-template", target->chat_template,
                  "With huggingface and huggingface-js: a Jinja template, for\n"
                  "apply_chat_template; kept as it is")
      ->type_name("FILE");
}

absl::Status CheckConversionTarget(const ConversionTarget& target, const std::string& output) {
  if (IsFolder(target)) {
    if (output != "-") return absl::OkStatus();
    return UsageError("--to huggingface makes a folder, not one file; name it with --output");
  }
  if (!target.chat_template.empty()) {
    return UsageError("--chat-template goes with --to huggingface and huggingface-js alone");
  }
  absl::Status fits = target.kind == Kind::kModel
                          ? CheckModelName(output, target.format, "--to")
                          : CheckEnding(output, {".model"}, "--to sentencepiece",
                                        "name it otherwise, such as my.model");
  if (!fits.ok()) return fits;
  if (target.kind == Kind::kModel && target.format == ModelFormat::kJson) return absl::OkStatus();
  return CheckNoTerminal(output, "a model");
}

std::vector<std::string> OutputFiles(const ConversionTarget& target, const std::string& output) {
  if (!IsFolder(target)) return {output};
  std::vector<std::string> files;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    files.push_back((std::filesystem::path(output) / name).native());
  }
  return files;
}

absl::Status WriteExport(const ConversionTarget& target, const Model& model,
                         const std::string& output) {
  if (IsFolder(target)) return WriteHuggingFaceFolder(target, model, output);
  return WriteSentencePieceFile(model, output);
}

}  // namespace bytepiece
