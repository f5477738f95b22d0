// SPDX-License-Identifier: Apache-2.0
// Writing models in the format the user names.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_format.h"

namespace bytepiece {

// Adds an option, "--format" or "--to", that takes protobuf, json or compiled.
void AddModelFormatOption(CLI::App* app, const std::string& name, ModelFormat* format);

// OK if `format` has a place for this; the reference's JSON has none for a normalisation other
// than NFC, which its readers apply.
absl::Status CheckModelFormat(ModelFormat format, Normalization normalization);

// Removes the special tokens, reserved ones included, if `format` has no place for them, and
// returns a warning that names them; empty if there is nothing to warn of.
std::string DropWhatHasNoPlace(ModelFormat format, Model* model);

// Checks and writes; Commit is left to the caller, so that several models appear
// together or not at all.
absl::Status WriteModelAs(ModelFormat format, const Model& model, AtomicFile* file);

}  // namespace bytepiece
