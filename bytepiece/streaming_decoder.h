// SPDX-License-Identifier: Apache-2.0
// Ids one at a time into text that is never cut inside a UTF-8 character.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

// Example: a model streams ids; each Feed returns what can be shown now.
// Keeps what it needs of the tokenizer, which may go.
class BYTEPIECE_EXPORT StreamingDecoder {
 public:
  explicit StreamingDecoder(const Tokenizer& tokenizer, const DecodeOptions& options = {})
      : tokenizer_(tokenizer), options_(options) {}

  // The bytes that became final: all but an incomplete character at the end,
  // at most 3 bytes. Bytes that cannot become a valid character are given out
  // as they are. Error for an id outside the vocabulary; the decoder goes on.
  absl::StatusOr<std::string> Feed(TokenId id);

  // The bytes that were held back.
  std::string Finish();

 private:
  Tokenizer tokenizer_;
  DecodeOptions options_;
  std::string pending_;
};

}  // namespace bytepiece::inline v0
