// SPDX-License-Identifier: Apache-2.0
// Writes token files document by document.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/token_files/token_file.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

struct TokenWriterOptions {
  TokenFormat format = TokenFormat::kIds;
  std::optional<TokenType> type = {};  // absent: NarrowestTokenType
  bool offsets = false;                // kJsonLines: "offsets" beside "ids"
};

class BYTEPIECE_EXPORT TokenWriter {
 public:
  // "-" is standard output: not for kMegatron, which has two files; into it and into pipes kNpy
  // goes by way of a temporary file, as the count stands first. The tokenizer must outlive the
  // writer. Memory: some MB, for kMegatron also 12 bytes a document.
  static absl::StatusOr<std::unique_ptr<TokenWriter>> Create(const std::string& path,
                                                             const TokenWriterOptions& options,
                                                             const Tokenizer* tokenizer);
  virtual ~TokenWriter() = default;

  // A document or, if it does not end there, its next part. `offsets` is as long as `ids` if
  // TokenWriterOptions::offsets, else ignored.
  virtual absl::Status Append(absl::Span<const TokenId> ids, absl::Span<const ByteSpan> offsets,
                              bool ends_document = true) = 0;

  // Gives what was appended to the system, for whoever waits for it at the other end of a pipe.
  // Nothing for formats that are no use before they are complete.
  virtual absl::Status Flush() { return absl::OkStatus(); }

  // Until here, no file has changed. Called once, last.
  virtual absl::Status Commit() = 0;
};

}  // namespace bytepiece::inline v0
