// SPDX-License-Identifier: Apache-2.0
#include "cli/options/token_format_option.h"

#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/files/output_ending.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, TokenFormat>& FormatNames() {
  static const auto* const names = new std::map<std::string, TokenFormat>{
      {"ids", TokenFormat::kIds},         {"pieces", TokenFormat::kPieces},
      {"jsonl", TokenFormat::kJsonLines}, {"npy", TokenFormat::kNpy},
      {"bin", TokenFormat::kBin},         {"megatron", TokenFormat::kMegatron}};
  return *names;
}

std::string NameOf(TokenFormat format) {
  for (const auto& [name, value] : FormatNames()) {
    if (value == format) return name;
  }
  return "";
}

std::optional<TokenFormat> FormatOfEnding(const std::string& ending) {
  if (ending == ".idx") return TokenFormat::kMegatron;
  for (const TokenFormat format : {TokenFormat::kIds, TokenFormat::kNpy, TokenFormat::kBin,
                                   TokenFormat::kJsonLines, TokenFormat::kPieces}) {
    if (ending == Extension(format)) return format;
  }
  return std::nullopt;
}

// The endings that a file of the format may have.
std::vector<std::string_view> EndingsOf(TokenFormat format) {
  switch (format) {
    case TokenFormat::kIds:
      return {".ids", ".txt", ".text"};
    case TokenFormat::kPieces:
      return {".pieces", ".txt", ".text"};
    case TokenFormat::kJsonLines:
      return {".jsonl", ".ndjson", ".json", ".txt", ".text"};
    case TokenFormat::kNpy:
      return {".npy"};
    case TokenFormat::kBin:
      return {".bin"};
    case TokenFormat::kMegatron:
      break;
  }
  return {".bin", ".idx"};
}

}  // namespace

void AddTokenFormatOptions(CLI::App* app, TokenFormatOptions* options) {
  const std::map<std::string, TokenType> types = {{"uint16", TokenType::kUint16},
                                                  {"uint32", TokenType::kUint32}};
  app->add_option_function<std::string>(
         "--format",
         [options](const std::string& name) { options->format = FormatNames().at(name); },
         "ids: a line of numbers a document; pieces: a line of tokens\n"
         "with tabs between (\\n, \\xHH and the like escaped, \\! before\n"
         "special tokens); jsonl: {\"ids\": [...]} a line; npy: one NumPy\n"
         "array; bin: the same without a header; megatron: PREFIX.bin\n"
         "and PREFIX.idx. npy and bin hold documents back to back.\n"
         "Default: by the name's ending (.npy .bin .jsonl .pieces .idx\n"
         "of megatron; .ids .txt or none: ids)")
      ->type_name("ids|pieces|jsonl|npy|bin|megatron")
      ->check(OneOf(FormatNames()));
  app->add_option_function<std::string>(
         "--dtype",
         [types, options](const std::string& name) {
           options->type = name == "auto" ? std::nullopt : std::optional(types.at(name));
         },
         "npy, bin and megatron: auto is uint16 if the vocabulary fits")
      ->type_name("auto|uint16|uint32")
      ->check(OneOf({"auto", "uint16", "uint32"}))
      ->default_str("auto");
}

TokenFormat ChooseFormat(const TokenFormatOptions& options, const std::string& path) {
  if (options.format) return *options.format;
  return FormatOfEnding(NameEnding(path)).value_or(TokenFormat::kIds);
}

absl::StatusOr<TokenFormat> ChooseOutputFormat(const TokenFormatOptions& options,
                                               const std::string& path) {
  const std::string ending = NameEnding(path);
  const std::optional<TokenFormat> of_ending = FormatOfEnding(ending);
  if (!options.format) {
    std::error_code error;
    const bool is_pipe_or_device = fs::exists(path, error) && !fs::is_regular_file(path, error);
    if (of_ending || ending.empty() || ending == ".txt" || is_pipe_or_device) {
      return of_ending.value_or(TokenFormat::kIds);
    }
    return UsageError(absl::StrCat("the output ", path, ": no format has the ending ", ending,
                                   "; known are .ids .txt .pieces .jsonl .npy .bin .idx, and "
                                   "--format says what another name shall hold"));
  }
  const std::string name = NameOf(*options.format);
  absl::Status fits = CheckEnding(
      path, EndingsOf(*options.format), absl::StrCat("--format ", name),
      of_ending ? absl::StrCat("say --format ", NameOf(*of_ending), ", or name it otherwise")
                : "name it otherwise");
  if (!fits.ok()) return fits;
  return *options.format;
}

bool HasType(TokenFormat format) {
  return format == TokenFormat::kNpy || format == TokenFormat::kBin ||
         format == TokenFormat::kMegatron;
}

std::string Extension(TokenFormat format) {
  switch (format) {
    case TokenFormat::kIds:
      return ".ids";
    case TokenFormat::kPieces:
      return ".pieces";
    case TokenFormat::kJsonLines:
      return ".jsonl";
    case TokenFormat::kNpy:
      return ".npy";
    case TokenFormat::kBin:
      return ".bin";
    case TokenFormat::kMegatron:
      break;
  }
  return "";
}

}  // namespace bytepiece
