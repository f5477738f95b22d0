// SPDX-License-Identifier: Apache-2.0
#include "cli/options/token_output.h"

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/files/output_check.h"
#include "cli/options/terminal_check.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

// The files that a writer for `path` makes.
std::vector<std::string> FilesOf(const std::string& path, TokenFormat format) {
  if (format == TokenFormat::kMegatron) return {path + ".bin", path + ".idx"};
  return {path};
}

absl::Status CheckDistinct(const std::vector<InputFile>& inputs,
                           const std::vector<std::string>& outputs) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto [earlier, is_new] = seen.emplace(outputs[i], i);
    if (is_new) continue;
    return UsageError(absl::StrCat(inputs[earlier->second].path, " and ", inputs[i].path,
                                   " would both be written to ", outputs[i],
                                   "; use different --output-dir in separate runs"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddTokenOutputOptions(CLI::App* app, TokenOutputOptions* options) {
  auto* output = app->add_option("-o,--output", options->path,
                                 "Where the tokens of all inputs go; \"-\" is standard output;\n"
                                 "for megatron the PREFIX, or one of PREFIX.bin and PREFIX.idx")
                     ->type_name("FILE")
                     ->capture_default_str();
  app->add_option("--output-dir", options->directory,
                  "One output for each input instead, in this folder: same names\n"
                  "and subfolders, a known ending such as .txt or .jsonl.gz\n"
                  "replaced by that of the format")
      ->type_name("DIR")
      ->excludes(output);
  AddTokenFormatOptions(app, &options->format);
}

absl::StatusOr<TokenOutput> TokenOutput::Create(const TokenOutputOptions& options,
                                                const std::string& model_path,
                                                const std::vector<InputFile>& inputs,
                                                const std::string& log,
                                                const Tokenizer* tokenizer) {
  TokenOutput output;
  output.one_for_all_ = options.directory.empty();
  output.tokenizer_ = tokenizer;
  const absl::StatusOr<TokenFormat> chosen =
      ChooseOutputFormat(options.format, output.one_for_all_ ? options.path : "");
  if (!chosen.ok()) return chosen.status();
  const TokenFormat format = *chosen;
  if (options.format.type && !HasType(format)) {
    return UsageError("--dtype is for --format npy, bin and megatron; leave it out");
  }
  output.writer_options_ = {format, options.format.type, options.offsets};
  if (options.offsets && format != TokenFormat::kJsonLines) {
    return UsageError("--offsets has a place in --format jsonl only");
  }
  if (output.one_for_all_) {
    const bool is_pair = format == TokenFormat::kMegatron;
    output.paths_ = {is_pair ? MegatronPrefix(options.path) : options.path};
    if (format == TokenFormat::kNpy || format == TokenFormat::kBin) {
      absl::Status shown = CheckNoTerminal(options.path, Extension(format).substr(1));
      if (!shown.ok()) return shown;
    }
  } else {
    for (const InputFile& input : inputs) {
      output.paths_.push_back(fs::path(options.directory) /
                              (WithoutTextEnding(input.relative) + Extension(format)));
    }
  }
  absl::Status status = CheckDistinct(inputs, output.paths_);
  if (status.ok()) {
    std::vector<std::string> files;
    for (const std::string& path : output.paths_) {
      for (std::string& file : FilesOf(path, format)) files.push_back(std::move(file));
    }
    FilesInUse in_use;
    in_use.Read({model_path}, "the model").Read(inputs);
    status = in_use.Write(files, "the output");
    status.Update(in_use.Write({log}, "the log"));
  }
  if (status.ok() && output.one_for_all_) status = output.OpenNext();
  if (!status.ok()) return status;
  return output;
}

absl::Status TokenOutput::Append(std::size_t file, absl::Span<const TokenId> ids,
                                 absl::Span<const ByteSpan> offsets, bool ends_document) {
  if (absl::Status status = Advance(one_for_all_ ? 0 : file); !status.ok()) return status;
  return writer_->Append(ids, offsets, ends_document);
}

absl::Status TokenOutput::Commit() {
  if (absl::Status status = Advance(paths_.size() - 1); !status.ok()) return status;
  return CommitCurrent();
}

absl::Status TokenOutput::CommitCurrent() {
  if (absl::Status status = CheckMappedFiles(); !status.ok()) return status;
  return writer_->Commit();
}

absl::Status TokenOutput::Advance(std::size_t output) {
  while (opened_ <= output) {
    if (writer_ != nullptr) {
      if (absl::Status status = CommitCurrent(); !status.ok()) return status;
    }
    if (absl::Status status = OpenNext(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status TokenOutput::OpenNext() {
  const std::string& path = paths_[opened_];
  if (!one_for_all_) {
    const fs::path folder = fs::path(path).parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot create the folder ", folder.native(), ": ", error.message()));
    }
  }
  absl::StatusOr<std::unique_ptr<TokenWriter>> writer =
      TokenWriter::Create(path, writer_options_, tokenizer_);
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  ++opened_;
  return absl::OkStatus();
}

}  // namespace bytepiece
