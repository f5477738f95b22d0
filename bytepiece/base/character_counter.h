// SPDX-License-Identifier: Apache-2.0
// From byte offsets to code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bytepiece/base/utf8.h"

namespace bytepiece {

// Turns ascending byte offsets into the number of characters that begin before them; an invalid
// byte counts as one. One pass over the text for all of them.
class CharacterCounter {
 public:
  explicit CharacterCounter(std::string_view text) : text_(text) {}

  // 0 <= offset <= size, and not below what was asked for last.
  std::int64_t Before(std::int64_t offset) {
    while (at_ < static_cast<std::size_t>(offset)) {
      at_ += static_cast<std::size_t>(DecodeUtf8Char(text_.substr(at_)).length);
      ++characters_;
    }
    return characters_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;  // where a character begins
  std::int64_t characters_ = 0;
};

}  // namespace bytepiece
