// SPDX-License-Identifier: Apache-2.0
// --format and --dtype: how token ids are stored.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "bytepiece/token_files/token_file.h"

namespace bytepiece {

struct TokenFormatOptions {
  std::optional<TokenFormat> format;  // absent: by the file's name
  std::optional<TokenType> type;      // absent: by the vocabulary
};

// Adds --format and --dtype.
void AddTokenFormatOptions(CLI::App* app, TokenFormatOptions* options);

// The format chosen, or that of `path`: .npy, .bin, .jsonl, .pieces, else ids.
TokenFormat ChooseFormat(const TokenFormatOptions& options, const std::string& path);

// With the dot; empty for megatron, which has two.
std::string Extension(TokenFormat format);

}  // namespace bytepiece
