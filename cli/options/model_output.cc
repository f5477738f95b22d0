// SPDX-License-Identifier: Apache-2.0
#include "cli/options/model_output.h"

#include <map>

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

absl::Status CheckModelFormat(ModelFormat format, Normalization normalization,
                              bool has_special_tokens) {
  if (format != ModelFormat::kJson) return absl::OkStatus();
  if (has_special_tokens) {
    return absl::InvalidArgumentError(
        "the json format has no place for special or reserved tokens; use protobuf");
  }
  if (normalization != Normalization::kNfc) {
    return absl::InvalidArgumentError(
        "the json format means NFC to all its readers, and cannot hold the normalization none; use "
        "protobuf, or --normalization nfc");
  }
  return absl::OkStatus();
}

absl::Status WriteModelAs(ModelFormat format, const Model& model, AtomicFile* file) {
  absl::Status status =
      CheckModelFormat(format, model.normalization, !model.special_tokens.empty());
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> bytes = ModelToBytes(model, format);
  if (!bytes.ok()) return bytes.status();
  return file->Write(*bytes);
}

}  // namespace bytepiece
