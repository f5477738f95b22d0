// SPDX-License-Identifier: Apache-2.0
// A text put together of parts that may spell special tokens and parts that may not: a template
// with what users wrote.
#pragma once

#include <nanobind/nanobind.h>

#include <deque>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "python/core/text_argument.h"

namespace bytepiece {

class TrustedSpans {
 public:
  // From a list of (text, allow). Requires the GIL to come and go.
  explicit TrustedSpans(nb::handle list);

  // The ids of the whole: special tokens stand where a span that may spells one, whole and by
  // itself; the text between two of them is encoded together, whatever spans it comes from.
  // Options of special tokens are not read.
  absl::StatusOr<std::vector<TokenId>> Encode(const Tokenizer& tokenizer,
                                              const EncodeOptions& options, Worker* worker) const;

 private:
  struct Span {
    std::string_view text;
    bool allow;
  };
  nb::object kept_;  // the list may change meanwhile
  std::deque<TextArgument> texts_;
  std::vector<Span> spans_;
};

}  // namespace bytepiece
