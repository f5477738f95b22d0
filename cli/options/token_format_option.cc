// SPDX-License-Identifier: Apache-2.0
#include "cli/options/token_format_option.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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

// In small letters, with the dot. Digits are no ending.
std::string Ending(const std::string& path) {
  const std::string ending = absl::AsciiStrToLower(fs::path(path).extension().native());
  return ending.find_first_not_of(".0123456789") == std::string::npos ? "" : ending;
}

std::optional<TokenFormat> FormatOfEnding(const std::string& ending) {
  if (ending == ".idx") return TokenFormat::kMegatron;
  for (const TokenFormat format : {TokenFormat::kIds, TokenFormat::kNpy, TokenFormat::kBin,
                                   TokenFormat::kJsonLines, TokenFormat::kPieces}) {
    if (ending == Extension(format)) return format;
  }
  return std::nullopt;
}

bool IsOfPackedFiles(const std::string& ending) {
  static const auto* const endings = new std::set<std::string>{
      ".gz", ".zst", ".xz", ".bz2", ".lz4", ".zip", ".npz", ".tgz", ".7z"};
  return endings->contains(ending);
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
      ->check(CLI::IsMember(FormatNames()).description(""));
  app->add_option_function<std::string>(
         "--dtype",
         [types, options](const std::string& name) {
           options->type = name == "auto" ? std::nullopt : std::optional(types.at(name));
         },
         "npy, bin and megatron: auto is uint16 if the vocabulary fits")
      ->type_name("auto|uint16|uint32")
      ->check(CLI::IsMember({"auto", "uint16", "uint32"}).description(""))
      ->default_str("auto");
}

TokenFormat ChooseFormat(const TokenFormatOptions& options, const std::string& path) {
  if (options.format) return *options.format;
  return FormatOfEnding(Ending(path)).value_or(TokenFormat::kIds);
}

absl::StatusOr<TokenFormat> ChooseOutputFormat(const TokenFormatOptions& options,
                                               const std::string& path) {
  const std::string ending = Ending(path);
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
  const bool is_half_of_megatron =
      options.format == TokenFormat::kMegatron && of_ending == TokenFormat::kBin;
  if (IsOfPackedFiles(ending) ||
      (of_ending && of_ending != options.format && !is_half_of_megatron)) {
    return UsageError(absl::StrCat("the output ", path, " would not be what its ending says: ",
                                   "--format ", NameOf(*options.format), " writes no ", ending));
  }
  return *options.format;
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
