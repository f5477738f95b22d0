// SPDX-License-Identifier: Apache-2.0
// The options by which a command is told what to read, the same in both programs.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/corpus.h"

namespace bytepiece {

// How files that hold text are read.
struct ReadingOptions {
  std::string document = "file";
  CorpusOptions corpus;  // unit and separator are set by ToCorpusOptions
};

// Adds --document, --field, --input-format, --compression and --on-bad-line.
void AddReadingOptions(CLI::App* app, ReadingOptions* options);

// The options as corpus/ takes them; a usage error if --document is no separator. With
// --document line, streamed pipes are read as a dialogue: what is there is delivered.
absl::StatusOr<CorpusOptions> ToCorpusOptions(const ReadingOptions& options);

// Names and values, without dashes, of the reading options that differ from their defaults.
std::map<std::string, std::string> ChangedReadingOptions(const CLI::App& app);

struct InputOptions : ReadingOptions {
  std::vector<std::string> arguments;  // none: standard input
  bool weights = false;                // no option: whether PATH:WEIGHT is understood
};

// Adds --input (also positional) and the reading options.
void AddInputOptions(CLI::App* app, InputOptions* options);

enum class Passes {
  kOne,      // pipes are streamed
  kSeveral,  // pipes are copied, so that Rewind works
};

// Resolves and opens the inputs.
absl::StatusOr<std::unique_ptr<Corpus>> OpenInputs(const InputOptions& options, Passes passes);

// The error, and what was left out, which may be why an input turned out not to do.
absl::Status WithLeftOut(const absl::Status& status, const InputNotes& notes);

// Says on standard error what was left out or replaced (Corpus::notes), quiet or not: for the
// end of a command that succeeded.
void ReportInputNotes(const InputNotes& notes);

// A separator as typed: \n \t \r \0 \\ and \xHH stand for bytes. Error for any
// other backslash, and for nothing.
absl::StatusOr<std::string> ParseSeparator(const std::string& typed);

}  // namespace bytepiece
