// SPDX-License-Identifier: Apache-2.0
// Bytes in any cuts into the ids that Tokenizer::Encode gives for the whole, each
// as soon as it is final: once no byte that may follow can change it.
//
// Held back are: what may be the start of a special token, if these matter; the
// characters at the end that may still be joined by a combining mark, under NFC;
// the stretch where the best paths differ, in text some words. Memory is in proportion
// to that, not to the text; the worst cases are a run of combining marks and a line on
// which the paths never meet, which are held until they end.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

// Example: Feed each block that arrives, then Finish. Keeps what it needs of the
// tokenizer, which may go.
class BYTEPIECE_EXPORT StreamingEncoder {
 public:
  explicit StreamingEncoder(const Tokenizer& tokenizer, const EncodeOptions& options = {});
  StreamingEncoder(StreamingEncoder&&) noexcept;
  StreamingEncoder& operator=(StreamingEncoder&&) noexcept;
  ~StreamingEncoder();

  // Appends the ids that became final. Fails only under SpecialTokenPolicy::kForbid,
  // when the text spells a special token, or where memory ends, and then until Finish: the ids
  // before it are out already.
  absl::Status Feed(std::string_view bytes, std::vector<TokenId>* ids);

  // Appends the rest. Afterwards the encoder is ready for another document, also
  // after an error.
  absl::Status Finish(std::vector<TokenId>* ids);

  // Bytes held back, normalised in part. 0 after Finish.
  std::size_t pending() const;

 private:
  class BYTEPIECE_HIDDEN Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece::inline v0
