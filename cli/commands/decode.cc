// SPDX-License-Identifier: Apache-2.0
// bytepiece decode: token ids to text.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/token_files/token_reader.h"
#include "cli/commands/commands.h"
#include "cli/files/input_options.h"
#include "cli/files/output_check.h"
#include "cli/files/output_ending.h"
#include "cli/options/model_option.h"
#include "cli/options/token_format_option.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"
#include "cli/program/file_names.h"
#include "corpus/input_files.h"

namespace bytepiece {
namespace {

constexpr char kDecodeDescription[] = "Turn token ids back into text";

constexpr char kDecodeFooter[] =
    "A program that writes a line of ids and waits for its text gives --to jsonl, which answers\n"
    "a line with a line, or --document-separator \"\\n\" if no text has a newline of its own.\n"
    "\n"
    "Examples:\n"
    "  bytepiece encode -m my.model book.txt | bytepiece decode -m my.model > same.txt\n"
    "      the same bytes, if the text is normalised already\n"
    "  bytepiece decode -m my.model --document-separator \"\\n\" lines.ids\n"
    "      the way back from encode --document line\n"
    "  bytepiece decode -m my.model --to jsonl -o back.jsonl train.npy\n"
    "      npy and bin: a document ends at <eos>, or at the end of the file\n"
    "  bytepiece decode -m my.model --format megatron dataset\n"
    "      reads dataset.bin and dataset.idx";

struct DecodeCommand {
  std::string model;
  std::vector<std::string> inputs;
  TokenFormatOptions format;
  std::string output = "-";
  std::string to = "text";
  std::string separator;  // as typed
  std::string field = "text";
  bool skip_special_tokens = false;
  DecodeOptions decode;
};

// Writes decoded documents, a stretch at a time.
class TextOutput {
 public:
  TextOutput(AtomicFile file, const DecodeCommand& command, std::string separator)
      : file_(std::move(file)), command_(command), separator_(std::move(separator)) {}

  absl::Status Append(std::string_view bytes, bool ends_document) {
    if (command_.to == "jsonl") return AppendJson(bytes, ends_document);
    absl::Status status = file_.Write(bytes);
    if (status.ok() && ends_document) status = file_.Write(separator_);
    return status;
  }

  absl::Status Flush() { return file_.Flush(); }
  absl::Status Commit() {
    absl::Status status = CheckMappedFiles();
    return status.ok() ? file_.Commit() : status;
  }

 private:
  absl::Status AppendJson(std::string_view bytes, bool ends_document) {
    document_ += bytes;
    if (!ends_document) return absl::OkStatus();
    ++number_;
    if (!IsValidUtf8(document_)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "document ", number_, " is not valid UTF-8, which JSON must be; use --to text"));
    }
    absl::Status status = file_.Write(nlohmann::json({{command_.field, document_}}).dump() + "\n");
    document_.clear();
    return status;
  }

  AtomicFile file_;
  const DecodeCommand& command_;
  std::string separator_;
  std::string document_;
  std::int64_t number_ = 0;
};

absl::Status DecodeStretch(const Tokenizer& tokenizer, const DecodeOptions& options,
                           const std::vector<TokenId>& ids, std::string* bytes) {
  bytes->clear();
  for (const TokenId id : ids) {
    if (tokenizer.AppendDecoded(id, options, bytes)) continue;
    return absl::OutOfRangeError(absl::StrCat("id ", id, " is outside the vocabulary of ",
                                              tokenizer.vocab_size(),
                                              "; are --model and --format right?"));
  }
  return absl::OkStatus();
}

absl::Status DecodeFile(const std::string& path, const DecodeCommand& command,
                        const Tokenizer& tokenizer, TextOutput* output) {
  const TokenReaderOptions options = {ChooseFormat(command.format, path), command.format.type};
  absl::StatusOr<std::unique_ptr<TokenReader>> reader =
      TokenReader::Open(path, options, &tokenizer);
  if (!reader.ok()) return reader.status();
  std::vector<TokenId> ids;
  std::string bytes;
  std::int64_t documents = 0;
  for (bool ends_document = false;;) {
    const absl::StatusOr<bool> more = (*reader)->Next(&ids, &ends_document);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    absl::Status status = DecodeStretch(tokenizer, command.decode, ids, &bytes);
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat(path == "-" ? "standard input" : path, " (document ",
                                       documents + 1, "): ", status.message()));
    }
    status = output->Append(bytes, ends_document);
    // Whoever writes the ids may wait for their text before there are more.
    if (status.ok() && !(*reader)->ready()) status = output->Flush();
    if (!status.ok()) return status;
    documents += ends_document;
  }
}

absl::Status CheckFiles(const DecodeCommand& command) {
  absl::Status once = AsUsageError(CheckStandardInput(command.inputs));
  if (!once.ok()) return once;
  FilesInUse files;
  files.Read({command.model}, "the model");
  for (const std::string& path : command.inputs) {
    if (ChooseFormat(command.format, path) == TokenFormat::kMegatron) {
      files.Read({path + ".bin", path + ".idx"}, "an input");
    }
    files.Read({path}, "an input");
  }
  return files.Write({command.output}, "the output");
}

// Options that mean nothing beside the others, and a name that says something else.
absl::Status CheckOptions(const CLI::App& app, const DecodeCommand& command) {
  const bool is_json = command.to == "jsonl";
  if (is_json && app.count("--document-separator") > 0) {
    return UsageError(
        "--document-separator is for --to text; JSON Lines have a line a document, so leave it "
        "out");
  }
  if (!is_json && app.count("--field") > 0) {
    return UsageError("--field is for --to jsonl; leave it out, or add --to jsonl");
  }
  const bool typed = std::any_of(
      command.inputs.begin(), command.inputs.end(),
      [&](const std::string& path) { return HasType(ChooseFormat(command.format, path)); });
  if (command.format.type && !typed) {
    return UsageError("--dtype is for ids in npy, bin and megatron files; leave it out");
  }
  if (is_json) {
    return CheckEnding(command.output, {".jsonl", ".ndjson", ".json", ".txt", ".text"},
                       "--to jsonl", "name it otherwise, such as back.jsonl");
  }
  const std::string ending = NameEnding(command.output);
  const bool names_json = ending == ".json" || ending == ".jsonl" || ending == ".ndjson";
  return CheckEnding(command.output, {".txt", ".text", ".md"}, "--to text",
                     names_json ? "say --to jsonl, or name it otherwise, such as back.txt"
                                : "name it otherwise, such as back.txt");
}

absl::Status Run(const CLI::App& app, DecodeCommand* command) {
  command->decode.special_tokens = !command->skip_special_tokens;
  std::string separator;
  if (!command->separator.empty()) {
    absl::StatusOr<std::string> parsed = ParseSeparator(command->separator);
    if (!parsed.ok()) {
      return UsageError(absl::StrCat("--document-separator: ", parsed.status().message()));
    }
    separator = *std::move(parsed);
  }
  if (command->inputs.empty()) command->inputs = {"-"};
  if (absl::Status status = CheckOptions(app, *command); !status.ok()) return status;
  if (absl::Status status = CheckFiles(*command); !status.ok()) return status;
  const absl::StatusOr<Tokenizer> tokenizer = LoadTokenizer({command->model, {}});
  if (!tokenizer.ok()) return tokenizer.status();
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(command->output);
  if (!file.ok()) return file.status();
  TextOutput output(*std::move(file), *command, separator);
  for (const std::string& path : command->inputs) {
    absl::Status status = DecodeFile(path, *command, *tokenizer, &output);
    if (!status.ok()) return status;
  }
  return output.Commit();
}

void AddOptions(CLI::App* app, DecodeCommand* command) {
  app->add_option("input", command->inputs,
                  "Token files; \"-\", or none, is standard input; for megatron the\n"
                  "PREFIX, or one of PREFIX.bin and PREFIX.idx")
      ->type_name("PATH");
  app->add_option("-m,--model", command->model, "The model that encoded them")
      ->type_name("FILE")
      ->check(NotStandardInput("a model"))
      ->required();
  AddTokenFormatOptions(app, &command->format);
  app->add_option("-o,--output", command->output, "The text; \"-\" is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  app->add_option("--to", command->to, "Text, or JSON Lines with a document a line")
      ->type_name("text|jsonl")
      ->check(OneOf({"text", "jsonl"}))
      ->capture_default_str();
  app->add_option("--document-separator", command->separator,
                  "Text: what to write after each document (escapes: \\n \\t \\r\n"
                  "\\0 \\\\ \\xHH); nothing unless given")
      ->type_name("TEXT");
  app->add_option("--field", command->field, "JSON Lines: the field for the text")
      ->type_name("NAME")
      ->capture_default_str();
  app->add_flag("--control-tokens", command->decode.control_tokens,
                "Write <bos>, <eos> and <pad> instead of skipping them");
  app->add_flag("--skip-special-tokens", command->skip_special_tokens,
                "Skip special tokens instead of writing their text");
}

}  // namespace

Command AddDecode(CLI::App* root) {
  auto command = std::make_shared<DecodeCommand>();
  CLI::App* app = root->add_subcommand("decode", kDecodeDescription);
  AddOptions(app, command.get());
  app->footer(kDecodeFooter);
  return {app, [app, command] { return Run(*app, command.get()); }};
}

}  // namespace bytepiece
