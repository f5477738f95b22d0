// SPDX-License-Identifier: Apache-2.0
// What convert makes: a model of ours, or what another library reads in its place.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_format.h"

namespace bytepiece {

struct ConversionTarget {
  enum class Kind { kModel, kHuggingFace, kHuggingFaceJs, kSentencePiece };

  Kind kind = Kind::kModel;
  ModelFormat format = ModelFormat::kProtobuf;  // of kModel
  std::string chat_template;                    // a file's path, or empty
};

// Adds --to and --chat-template.
void AddConversionTargetOptions(CLI::App* app, ConversionTarget* target);

// A usage error if these make no sense together.
absl::Status CheckConversionTarget(const ConversionTarget& target, const std::string& output);

// The files that are written.
std::vector<std::string> OutputFiles(const ConversionTarget& target, const std::string& output);

// Writes what another library reads, and then says on standard error what differs there. `target`
// is no kModel.
absl::Status WriteExport(const ConversionTarget& target, const Model& model,
                         const std::string& output);

}  // namespace bytepiece
