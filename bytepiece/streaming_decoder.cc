// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/streaming_decoder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece::inline v0 {

absl::StatusOr<std::string> StreamingDecoder::Feed(TokenId id) {
  if (!tokenizer_.AppendDecoded(id, options_, &pending_)) {
    return absl::OutOfRangeError(
        absl::StrCat("id ", id, " is outside the vocabulary of ", tokenizer_.vocab_size()));
  }
  std::string rest = pending_.substr(pending_.size() - IncompleteUtf8Suffix(pending_));
  pending_.resize(pending_.size() - rest.size());
  return std::exchange(pending_, std::move(rest));
}

std::string StreamingDecoder::Finish() { return std::exchange(pending_, {}); }

}  // namespace bytepiece::inline v0
