// SPDX-License-Identifier: Apache-2.0
// Where token ids go: one output, or one for each input.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/token_files/token_writer.h"
#include "bytepiece/tokenizer.h"
#include "cli/options/token_format_option.h"
#include "corpus/input_files.h"

namespace bytepiece {

struct TokenOutputOptions {
  std::string path = "-";
  std::string directory;  // not empty: one output for each input
  TokenFormatOptions format;
  bool offsets = false;
};

// Adds --output, --output-dir, --format and --dtype.
void AddTokenOutputOptions(CLI::App* app, TokenOutputOptions* options);

class TokenOutput {
 public:
  // Usage errors: two inputs with one output; an input or the model that would be
  // replaced, or written to as the log (which may be empty). The arguments must outlive the
  // output.
  static absl::StatusOr<TokenOutput> Create(const TokenOutputOptions& options,
                                            const std::string& model_path,
                                            const std::vector<InputFile>& inputs,
                                            const std::string& log, const Tokenizer* tokenizer);

  // A document of input `file`, or the next part of one; documents come in the order of the
  // inputs. With
  // --output-dir, the outputs of the inputs before it are complete then, those
  // of inputs without documents included.
  absl::Status Append(std::size_t file, absl::Span<const TokenId> ids,
                      absl::Span<const ByteSpan> offsets, bool ends_document = true);

  // Sends on what was appended, for whoever reads a pipe.
  absl::Status Flush() { return writer_ == nullptr ? absl::OkStatus() : writer_->Flush(); }

  // Completes the rest.
  absl::Status Commit();

 private:
  TokenOutput() = default;
  // Makes paths_[output] the current one, completing those before it.
  absl::Status Advance(std::size_t output);
  // Lets the current output appear, unless the model was overwritten meanwhile.
  absl::Status CommitCurrent();
  absl::Status OpenNext();

  TokenWriterOptions writer_options_;
  const Tokenizer* tokenizer_ = nullptr;
  std::vector<std::string> paths_;
  bool one_for_all_ = true;
  std::size_t opened_ = 0;  // outputs opened so far; the last one is writer_
  std::unique_ptr<TokenWriter> writer_;
};

}  // namespace bytepiece
