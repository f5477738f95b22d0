// SPDX-License-Identifier: Apache-2.0
// Writing models in the format the user names.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/atomic_file.h"
#include "bytepiece/model.h"

namespace bytepiece {

enum class ModelFormat { kProtobuf, kJson };

// Adds an option, "--format" or "--to", that takes protobuf or json.
void AddModelFormatOption(CLI::App* app, const std::string& name, ModelFormat* format);

// OK if `format` has a place for these settings; the reference's JSON has none
// for special tokens, reserved ones included, nor for a normalisation other than
// NFC, which its readers apply.
absl::Status CheckModelFormat(ModelFormat format, Normalization normalization,
                              bool has_special_tokens);

// Checks and writes, leaving Commit to the caller: several models appear
// together or not at all. "-" is standard output.
absl::StatusOr<AtomicFile> WriteModelAs(ModelFormat format, const std::string& path,
                                        const Model& model);

}  // namespace bytepiece
