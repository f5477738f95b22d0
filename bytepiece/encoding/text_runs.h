// SPDX-License-Identifier: Apache-2.0
// The loop over the special tokens of a text: what stands between two of them is a *run*, which
// is normalised and segmented on its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/special_tokens.h"

namespace bytepiece {

// Calls run(begin, end) for text without special tokens, if there is any, and token(match) for each
// token, in order of position, as far as `text` settles it: all of it if it `is_last`, else up to
// where a token may have begun. Returns how far that was. A run may be handed over in parts; it
// ends at a token or with the last text. Error at the first token that is forbidden, which is then
// said to stand `origin` bytes further on.
template <typename Run, typename Token>
absl::StatusOr<std::size_t> ForEachRun(const SpecialTokens& tokens, const SpecialTokenRule& rule,
                                       std::string_view text, bool is_last, std::int64_t origin,
                                       Run run, Token token) {
  std::size_t begin = 0;
  for (;;) {
    const SpecialTokens::Cut cut = tokens.NextCut(text, begin, is_last, rule);
    if (cut.token && cut.token->is_forbidden) {
      return tokens.Forbidden(cut.token->id, origin + static_cast<std::int64_t>(cut.run_end));
    }
    if (cut.run_end > begin) run(begin, cut.run_end);
    if (!cut.token) return cut.run_end;
    token(*cut.token);
    begin = cut.token->end;
  }
}

}  // namespace bytepiece
