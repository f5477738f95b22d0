// SPDX-License-Identifier: Apache-2.0
// Ids one at a time into text that is never cut inside a UTF-8 character.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// Example: a model streams ids; each Feed returns what can be shown now.
// The tokenizer must outlive the decoder.
class StreamingDecoder {
 public:
  explicit StreamingDecoder(const Tokenizer* tokenizer, DecodeOptions options = {})
      : tokenizer_(tokenizer), options_(options) {}

  // The bytes that became final: all but an incomplete character at the end,
  // at most 3 bytes. Bytes that cannot become a valid character are given out
  // as they are. Error for an id outside the vocabulary; the decoder goes on.
  absl::StatusOr<std::string> Feed(TokenId id);

  // What was held back.
  std::string Finish();

 private:
  const Tokenizer* tokenizer_;
  DecodeOptions options_;
  std::string pending_;
};

}  // namespace bytepiece
