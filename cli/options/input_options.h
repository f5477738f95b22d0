// SPDX-License-Identifier: Apache-2.0
// The options by which a command is told what to read, the same everywhere.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/corpus.h"

namespace bytepiece {

struct InputOptions {
  std::vector<std::string> arguments;  // none: standard input
  std::string document = "file";
  std::string field = CorpusOptions().field;
  std::string format = "auto";
  std::size_t part_bytes = 0;  // no option: CorpusOptions::part_bytes
  std::string temp_dir;        // no option: CorpusOptions::temp_dir
  CorpusShard shard;           // shard_option.h
  bool weights = false;        // no option: whether PATH:WEIGHT is understood
};

// The trainer needs no whole files.
inline constexpr std::size_t kTrainingPartBytes = std::size_t{1} << 20;

// Adds --input (also positional), --document, --field and --input-format.
void AddInputOptions(CLI::App* app, InputOptions* options);

enum class Passes {
  kOne,      // pipes are streamed
  kSeveral,  // pipes are copied, so that Rewind works
};

// Resolves and opens the inputs.
absl::StatusOr<std::unique_ptr<Corpus>> OpenInputs(const InputOptions& options, Passes passes);

// A separator as typed: \n \t \r \0 \\ and \xHH stand for bytes. Error for any
// other backslash, and for nothing.
absl::StatusOr<std::string> ParseSeparator(const std::string& typed);

}  // namespace bytepiece
