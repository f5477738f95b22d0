// SPDX-License-Identifier: Apache-2.0
#include "cli/options/token_format_option.h"

#include <map>

namespace bytepiece {

void AddTokenFormatOptions(CLI::App* app, TokenFormatOptions* options) {
  const std::map<std::string, TokenFormat> formats = {
      {"ids", TokenFormat::kIds},         {"pieces", TokenFormat::kPieces},
      {"jsonl", TokenFormat::kJsonLines}, {"npy", TokenFormat::kNpy},
      {"bin", TokenFormat::kBin},         {"megatron", TokenFormat::kMegatron}};
  const std::map<std::string, TokenType> types = {{"uint16", TokenType::kUint16},
                                                  {"uint32", TokenType::kUint32}};
  app->add_option_function<std::string>(
         "--format",
         [formats, options](const std::string& name) { options->format = formats.at(name); },
         "ids: a line of numbers a document; pieces: a line of tokens\n"
         "with tabs between (\\n, \\xHH and the like escaped, \\! before\n"
         "special tokens); jsonl: {\"ids\": [...]} a line; npy: one NumPy\n"
         "array; bin: the same without a header; megatron: PREFIX.bin\n"
         "and PREFIX.idx. npy and bin hold documents back to back.\n"
         "Default: by the name (.npy .bin .jsonl .pieces), else ids")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(formats).description(""));
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
  for (const TokenFormat format :
       {TokenFormat::kNpy, TokenFormat::kBin, TokenFormat::kJsonLines, TokenFormat::kPieces}) {
    if (path.ends_with(Extension(format))) return format;
  }
  return TokenFormat::kIds;
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
