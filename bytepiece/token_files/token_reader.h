// SPDX-License-Identifier: Apache-2.0
// Reads the token files that token_writer.h writes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/token_files/token_file.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

struct TokenReaderOptions {
  TokenFormat format = TokenFormat::kIds;
  // For kBin; absent: NarrowestTokenType. The other formats tell it themselves.
  std::optional<TokenType> type = {};
};

// The place where packed ids lie.
struct PackedIdsPlace {
  std::string path;        // of the file that holds them
  std::size_t offset = 0;  // of the first, in bytes
  TokenType type = TokenType::kUint16;
};

class BYTEPIECE_EXPORT TokenReader {
 public:
  // "-" is standard input, except for kMegatron, which has two files. The tokenizer
  // must outlive the reader; kPieces needs one, and kBin without a type.
  static absl::StatusOr<std::unique_ptr<TokenReader>> Open(const std::string& path,
                                                           const TokenReaderOptions& options,
                                                           const Tokenizer* tokenizer);
  virtual ~TokenReader() = default;

  // Replaces *ids by the next ones of the current document, and tells whether the
  // document ends with them. A long document of kNpy, kBin or kMegatron comes
  // in several stretches. kNpy and kBin keep documents apart by <eos>, which
  // ends one; without it everything is one document. False at the end. Errors
  // name the file and the place. The ids need not be in the vocabulary.
  absl::StatusOr<bool> Next(std::vector<TokenId>* ids, bool* ends_document);

  // Whether Next returns without waiting for whoever writes into a pipe; of formats with a line
  // a document.
  virtual bool ready() const { return true; }

  // Where the ids lie one after another, for kNpy, kBin and kMegatron: who has read them all, and
  // so knows that the file is whole, may map them.
  virtual std::optional<PackedIdsPlace> packed() const { return std::nullopt; }

 private:
  // Next, from which exceptions may come.
  virtual absl::StatusOr<bool> ReadNext(std::vector<TokenId>* ids, bool* ends_document) = 0;
};

}  // namespace bytepiece::inline v0
