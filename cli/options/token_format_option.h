// SPDX-License-Identifier: Apache-2.0
// --format and --dtype: how token ids are stored.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/token_files/token_file.h"

namespace bytepiece {

struct TokenFormatOptions {
  std::optional<TokenFormat> format;  // absent: by the file's name
  std::optional<TokenType> type;      // absent: by the vocabulary
};

// Adds --format and --dtype.
void AddTokenFormatOptions(CLI::App* app, TokenFormatOptions* options);

// The format chosen, or that of `path`, to be read: .npy, .bin, .jsonl, .pieces, .idx (megatron),
// in any case, else ids.
TokenFormat ChooseFormat(const TokenFormatOptions& options, const std::string& path);

// As ChooseFormat, for an output. A usage error if the name's ending says another thing than is
// written: without a format chosen it must be known, or be none (digits, as in "ids.003", are
// none); with one, it must be neither another format's nor that of packed files.
absl::StatusOr<TokenFormat> ChooseOutputFormat(const TokenFormatOptions& options,
                                               const std::string& path);

// Whether --dtype says something about the format.
bool HasType(TokenFormat format);

// With the dot; empty for megatron, which has two.
std::string Extension(TokenFormat format);

}  // namespace bytepiece
