// SPDX-License-Identifier: Apache-2.0
#include "cli/options/input_options.h"

#include <unistd.h>

#include <cctype>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/options/input_weights.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr char kInputGroup[] = "Input";

absl::StatusOr<CorpusOptions> ToCorpusOptions(const InputOptions& options, Passes passes) {
  CorpusOptions corpus;
  corpus.field = options.field;
  corpus.part_bytes = options.part_bytes;
  corpus.temp_dir = options.temp_dir;
  corpus.shard = options.shard;
  corpus.spool_pipes = passes == Passes::kSeveral;
  if (options.document == "line") {
    corpus.unit = DocumentUnit::kLine;
  } else if (options.document != "file") {
    absl::StatusOr<std::string> separator = ParseSeparator(options.document);
    if (!separator.ok()) {
      return UsageError(absl::StrCat("--document: ", separator.status().message()));
    }
    corpus.unit = DocumentUnit::kSeparator;
    corpus.separator = *std::move(separator);
  }
  return corpus;
}

// The character an escape stands for, taken off the front of *rest; -1 if none.
int TakeEscape(std::string_view* rest) {
  const std::string_view text = *rest;
  if (text.size() >= 3 && text[0] == 'x' && std::isxdigit(static_cast<unsigned char>(text[1])) &&
      std::isxdigit(static_cast<unsigned char>(text[2]))) {
    rest->remove_prefix(3);
    return std::stoi(std::string(text.substr(1, 2)), nullptr, 16);
  }
  constexpr std::string_view kNames = "ntr0\\";
  constexpr std::string_view kValues("\n\t\r\0\\", kNames.size());
  const std::size_t i = text.empty() ? std::string_view::npos : kNames.find(text[0]);
  if (i == std::string_view::npos) return -1;
  rest->remove_prefix(1);
  return static_cast<unsigned char>(kValues[i]);
}

}  // namespace

void AddInputOptions(CLI::App* app, InputOptions* options) {
  const auto append = [options](const std::vector<std::string>& paths) {
    options->arguments.insert(options->arguments.end(), paths.begin(), paths.end());
  };
  app->add_option_function<std::vector<std::string>>(
         "--input", append,
         absl::StrCat("A file, glob or directory (searched recursively; links to\n"
                      "directories are not followed), plain or packed (gzip, zstd);\n"
                      "repeatable. \"-\", or no input at all, is standard input",
                      options->weights ? ". With a weight (3, 0.5, 2/3) each\n"
                                         "document counts so often, as if it were repeated"
                                       : ""))
      ->type_name(options->weights ? "PATH[:WEIGHT]" : "PATH")
      ->allow_extra_args(false)
      ->group(kInputGroup);
  // Not "input": CLI11 from 2.4 on takes that for the same name.
  app->add_option_function<std::vector<std::string>>("paths", append, "As --input")
      ->type_name("PATH");
  app->add_option("--document", options->document,
                  "Plain text: what one document is: file (newlines kept), line\n"
                  "(without its newline), or any other text, which then ends each\n"
                  "document (escapes: \\n \\t \\r \\0 \\\\ \\xHH)")
      ->type_name("file|line|SEPARATOR")
      ->capture_default_str()
      ->group(kInputGroup);
  app->add_option("--field", options->field, "JSON Lines: the field that holds the text")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kInputGroup);
  app->add_option("--input-format", options->format,
                  "auto: files named .jsonl, .ndjson or .json (also .gz, .zst)\n"
                  "are JSON Lines, all else is text")
      ->type_name("auto|text|jsonl")
      ->check(CLI::IsMember({"auto", "text", "jsonl"}).description(""))
      ->capture_default_str()
      ->group(kInputGroup);
}

absl::StatusOr<std::unique_ptr<Corpus>> OpenInputs(const InputOptions& options, Passes passes) {
  std::vector<std::string> arguments = options.arguments;
  if (arguments.empty()) {
    if (isatty(STDIN_FILENO)) {
      return UsageError("no input; name files or directories, or - for standard input");
    }
    arguments = {"-"};
  }
  absl::StatusOr<CorpusOptions> corpus = ToCorpusOptions(options, passes);
  if (!corpus.ok()) return corpus.status();
  WeightedInputs inputs;
  if (options.weights) {
    absl::StatusOr<WeightedInputs> weighted = ResolveWeightedInputs(arguments);
    if (!weighted.ok()) return weighted.status();
    inputs = *std::move(weighted);
  } else {
    absl::StatusOr<std::vector<InputFile>> files = ResolveInputs(arguments);
    if (!files.ok()) return files.status();
    inputs.files = *std::move(files);
  }
  corpus->weight_unit = inputs.unit;
  for (InputFile& file : inputs.files) {
    if (options.format != "auto") file.json_lines = options.format == "jsonl";
  }
  return Corpus::Open(std::move(inputs.files), *std::move(corpus));
}

absl::StatusOr<std::string> ParseSeparator(const std::string& typed) {
  std::string separator;
  std::string_view rest = typed;
  while (!rest.empty()) {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c != '\\') {
      separator += c;
      continue;
    }
    const int value = TakeEscape(&rest);
    if (value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown escape in \"", typed, "\"; known are \\n \\t \\r \\0 \\\\ \\xHH"));
    }
    separator += static_cast<char>(value);
  }
  if (separator.empty()) return absl::InvalidArgumentError("the separator is empty");
  return separator;
}

}  // namespace bytepiece
