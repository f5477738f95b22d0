// SPDX-License-Identifier: Apache-2.0
#include "cli/files/input_options.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/files/input_weights.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"
#include "cli/program/suggestion.h"
#include "corpus/note_sentences.h"

namespace bytepiece {
namespace {

constexpr char kInputGroup[] = "Input";

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

// An option that takes one of some names.
template <typename Value>
void AddChoice(CLI::App* app, const char* name, const std::map<std::string, Value>& choices,
               const char* type_name, const char* default_name, Value* value, const char* help) {
  app->add_option_function<std::string>(
         name, [choices, value](const std::string& chosen) { *value = choices.at(chosen); }, help)
      ->type_name(type_name)
      ->check(OneOf(choices))
      ->default_str(default_name)
      ->group(kInputGroup);
}

void AddFormatOptions(CLI::App* app, CorpusOptions* corpus) {
  AddChoice<InputFormat>(app, "--input-format",
                         {{"auto", InputFormat::kAuto},
                          {"text", InputFormat::kText},
                          {"jsonl", InputFormat::kJsonLines}},
                         "auto|text|jsonl", "auto", &corpus->format,
                         "auto: .jsonl, .ndjson and .json (also .gz, .zst, .xz, .bz2) are\n"
                         "JSON Lines, .txt and .md text; other files and pipes are JSON\n"
                         "Lines if their first line is an object with the field, and\n"
                         "refused if it is one without it or is longer than 1 MB, as\n"
                         "are images, archives, models and the like. text: as it is,\n"
                         "whatever the bytes. A byte-order mark at a text file's start is\n"
                         "left out, unless the tokenizer normalises nothing");
  AddChoice<Compression>(app, "--compression",
                         {{"auto", Compression::kAuto},
                          {"none", Compression::kNone},
                          {"gzip", Compression::kGzip},
                          {"zstd", Compression::kZstd},
                          {"xz", Compression::kXz},
                          {"bz2", Compression::kBzip2}},
                         "auto|none|gzip|zstd|xz|bz2", "auto", &corpus->compression,
                         "auto: by .gz, .zst, .xz, .bz2; without such an ending by the\n"
                         "header at the start, unless --input-format is text");
  AddChoice<bool>(app, "--on-bad-line", {{"error", false}, {"skip", true}}, "error|skip", "error",
                  &corpus->skip_bad,
                  "skip: leave out lines of JSON Lines without good text, files\n"
                  "that are no text, and links in folders that lead nowhere; say\n"
                  "how many, and name the first");
}

// An error for what looks like "file" or "line", and would be a separator that nobody finds.
absl::Status CheckNotMistyped(const std::string& document) {
  constexpr std::size_t kShortest = 3;
  const bool is_word =
      std::ranges::all_of(document, [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!is_word || document.size() < kShortest) return absl::OkStatus();
  const std::string closest = ClosestName(absl::AsciiStrToLower(document), {"file", "line"});
  if (closest.empty()) return absl::OkStatus();
  return UsageError(absl::StrFormat(
      "--document: \"%s\" is neither file nor line; did you mean %s? If it is a separator, write "
      "it \\x%02X%s",
      document, closest, static_cast<unsigned char>(document[0]), document.substr(1)));
}

}  // namespace

void AddReadingOptions(CLI::App* app, ReadingOptions* options) {
  app->add_option("--document", options->document,
                  "Plain text: what one document is: file (newlines kept), line\n"
                  "(without its newline), or any other text, which then ends each\n"
                  "document (escapes: \\n \\t \\r \\0 \\\\ \\xHH)")
      ->type_name("file|line|SEPARATOR")
      ->capture_default_str()
      ->group(kInputGroup);
  app->add_option("--field", options->corpus.field,
                  "JSON Lines: the field that holds the text; a.b is the field b of\n"
                  "the object a, unless there is a field named \"a.b\"")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kInputGroup);
  AddFormatOptions(app, &options->corpus);
}

absl::StatusOr<CorpusOptions> ToCorpusOptions(const ReadingOptions& options) {
  CorpusOptions corpus = options.corpus;
  if (corpus.field_is_stated && corpus.format == InputFormat::kText) {
    return UsageError(
        "--field is for JSON Lines, and --input-format text takes every input as text; leave out "
        "one of them");
  }
  if (options.document == "line") {
    corpus.unit = DocumentUnit::kLine;
    corpus.answer_pipes = true;
  } else if (options.document != "file") {
    if (absl::Status status = CheckNotMistyped(options.document); !status.ok()) return status;
    absl::StatusOr<std::string> separator = ParseSeparator(options.document);
    if (!separator.ok()) {
      return UsageError(absl::StrCat("--document: ", separator.status().message()));
    }
    corpus.unit = DocumentUnit::kSeparator;
    corpus.separator = *std::move(separator);
  }
  return corpus;
}

std::map<std::string, std::string> ChangedReadingOptions(const CLI::App& app) {
  std::map<std::string, std::string> changed;
  for (const std::string name :
       {"document", "field", "input-format", "compression", "on-bad-line"}) {
    const CLI::Option* option = app.get_option("--" + name);
    if (option->count() == 0 || option->results().back() == option->get_default_str()) continue;
    changed[name] = option->results().back();
  }
  return changed;
}

void AddInputOptions(CLI::App* app, InputOptions* options) {
  const auto append = [options](const std::vector<std::string>& paths) {
    options->arguments.insert(options->arguments.end(), paths.begin(), paths.end());
  };
  app->add_option_function<std::vector<std::string>>(
         "--input", append,
         absl::StrCat("A file, glob or directory (searched recursively; links to\n"
                      "directories are not followed), plain or packed (gzip, zstd, xz,\n"
                      "bzip2); repeatable. \"-\", or no input at all, is standard input",
                      options->weights
                          ? ".\nWith a weight (3, 0.5, 2/3) each document counts so often,\n"
                            "as if it were repeated"
                          : ""))
      ->type_name(options->weights ? "PATH[:WEIGHT]" : "PATH")
      ->allow_extra_args(false)
      ->group(kInputGroup);
  // Not "input": CLI11 from 2.4 on takes that for the same name.
  app->add_option_function<std::vector<std::string>>("paths", append, "As --input")
      ->type_name("PATH");
  AddReadingOptions(app, options);
  app->get_option("--field")->each(
      [options](const std::string&) { options->corpus.field_is_stated = true; });
}

absl::StatusOr<std::unique_ptr<Corpus>> OpenInputs(const InputOptions& options, Passes passes) {
  std::vector<std::string> arguments = options.arguments;
  if (arguments.empty()) {
    if (isatty(STDIN_FILENO)) {
      return UsageError("no input; name files or directories, or - for standard input");
    }
    arguments = {"-"};
  }
  absl::StatusOr<CorpusOptions> corpus = ToCorpusOptions(options);
  if (!corpus.ok()) return corpus.status();
  corpus->spool_pipes = passes == Passes::kSeveral;
  InputNotes notes;
  InputNotes* left_out = corpus->skip_bad ? &notes : nullptr;
  WeightedInputs inputs;
  if (options.weights) {
    absl::StatusOr<WeightedInputs> weighted = ResolveWeightedInputs(arguments, left_out);
    if (!weighted.ok()) return weighted.status();
    inputs = *std::move(weighted);
  } else {
    absl::Status once = AsUsageError(CheckStandardInput(arguments));
    if (!once.ok()) return once;
    absl::StatusOr<std::vector<InputFile>> files = ResolveInputs(arguments, left_out);
    if (!files.ok()) return files.status();
    inputs.files = *std::move(files);
  }
  corpus->weight_unit = inputs.unit;
  return Corpus::Open(std::move(inputs.files), *std::move(corpus), std::move(notes));
}

absl::Status WithLeftOut(const absl::Status& status, const InputNotes& notes) {
  if (!absl::IsInvalidArgument(status) || notes.left_out == 0) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), "; ", LeftOutSentence(notes)));
}

void ReportInputNotes(const InputNotes& notes) {
  for (const std::string& sentence : {LeftOutSentence(notes), ReplacedSentence(notes)}) {
    if (!sentence.empty()) PrintError(sentence);
  }
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
