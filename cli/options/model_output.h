// SPDX-License-Identifier: Apache-2.0
// Writing models in the format the user names.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_format.h"

namespace bytepiece {

// The formats by what a user calls them, and what they are good for.
const std::map<std::string, ModelFormat>& ModelFormatNames();
extern const char kModelFormatHelp[];

// Adds an option, such as "--format", that takes protobuf, json or compiled.
void AddModelFormatOption(CLI::App* app, const std::string& name, ModelFormat* format);

// Adds --scores.
void AddScoresOption(CLI::App* app, const std::string& description,
                     std::optional<ScoreKind>* scores);

// OK if `format` has a place for these; the reference's JSON has none for a normalisation other
// than NFC and scores other than logarithms, which its readers assume. `scores`: asked for by name.
absl::Status CheckModelFormat(ModelFormat format, Normalization normalization,
                              std::optional<ScoreKind> scores);

// A usage error if the ending of `path` says something else than a model of that format. `option`
// is the one that chooses the format: "--to".
absl::Status CheckModelName(const std::string& path, ModelFormat format, std::string_view option);

// Removes what `format` has no place for: special tokens, reserved ones included, and whole scores.
// Returns the warnings that say so, each once.
std::vector<std::string> DropWhatHasNoPlace(ModelFormat format, absl::Span<Model> models);

// Checks and writes; Commit is left to the caller, so that several models appear
// together or not at all.
absl::Status WriteModelAs(ModelFormat format, const Model& model, AtomicFile* file);

}  // namespace bytepiece
