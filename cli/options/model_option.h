// SPDX-License-Identifier: Apache-2.0
// --model and --normalization: which tokenizer a command uses.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

struct ModelOptions {
  std::string path;
  std::optional<Normalization> normalization;  // absent: the model's
};

// The tables of a compiled file are trusted: whoever names it on the command line is asked to know
// where it comes from (`convert --help`).
absl::StatusOr<Tokenizer> LoadTokenizer(const ModelOptions& options);

// Adds --normalization.
void AddNormalizationOption(CLI::App* app, const std::string& description,
                            std::optional<Normalization>* normalization);

// Adds --model (required) and --normalization.
void AddModelOptions(CLI::App* app, ModelOptions* options);

// Adds --threads. 0: as many as there are cores.
void AddThreadsOption(CLI::App* app, int* threads);

}  // namespace bytepiece
