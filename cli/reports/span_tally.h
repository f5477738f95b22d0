// SPDX-License-Identifier: Apache-2.0
// Tallies what a tokenizer does to a text, from where its tokens end alone.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "cli/reports/evaluation.h"

namespace bytepiece {

class SpanTally {
 public:
  // The tokens of one text, by their ends in it, ascending. Text between two tokens counts to the
  // second, what is left at the end to the last; tokens that end at the same place share what is
  // before it. A token without text counts to the next one.
  void Add(std::string_view text, absl::Span<const std::uint32_t> ends);

  std::int64_t tokens() const { return tokens_; }
  // Evaluation::scripts, of the text as it was added.
  const std::array<Evaluation::Script, kNumScriptClasses>& scripts() const { return scripts_; }

 private:
  std::int64_t tokens_ = 0;
  std::array<Evaluation::Script, kNumScriptClasses> scripts_ = {};
};

}  // namespace bytepiece
