// SPDX-License-Identifier: Apache-2.0
#include "cli/options/model_output.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/token_files/piece_text.h"

namespace bytepiece {

void AddModelFormatOption(CLI::App* app, const std::string& name, ModelFormat* format) {
  const std::map<std::string, ModelFormat> names = {{"protobuf", ModelFormat::kProtobuf},
                                                    {"json", ModelFormat::kJson},
                                                    {"compiled", ModelFormat::kCompiled}};
  app->add_option_function<std::string>(
         name, [names, format](const std::string& value) { *format = names.at(value); },
         "protobuf holds everything; json is the reference's format,\n"
         "which has no place for settings and special tokens; compiled is\n"
         "protobuf with its tables ready to be mapped: it loads at once, but is\n"
         "good for this kind of machine, and to be trusted like a program")
      ->type_name("protobuf|json|compiled")
      ->check(CLI::IsMember(names).description(""))
      ->default_str("protobuf");
}

absl::Status CheckModelFormat(ModelFormat format, Normalization normalization) {
  if (format != ModelFormat::kJson || normalization == Normalization::kNfc) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the json format means NFC to all its readers, and cannot hold the normalization none; use "
      "protobuf, or --normalization nfc");
}

std::string DropWhatHasNoPlace(ModelFormat format, Model* model) {
  if (format != ModelFormat::kJson || model->special_tokens.empty()) return "";
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

absl::Status WriteModelAs(ModelFormat format, const Model& model, AtomicFile* file) {
  absl::Status status = CheckModelFormat(format, model.normalization);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> bytes = ModelToBytes(model, format);
  if (!bytes.ok()) return bytes.status();
  return file->Write(*bytes);
}

}  // namespace bytepiece
