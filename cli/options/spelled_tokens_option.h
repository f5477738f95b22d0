// SPDX-License-Identifier: Apache-2.0
// The options for text that spells special tokens: --special-tokens, --allow-special.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

struct SpelledTokensOptions {
  SpecialTokenPolicy policy = SpecialTokenPolicy::kPlainText;
  std::vector<std::string> allowed;  // tokens' texts

  // Whether text has to be searched for tokens.
  bool search() const { return policy != SpecialTokenPolicy::kPlainText || !allowed.empty(); }
};

void AddSpelledTokensOptions(CLI::App* app, SpelledTokensOptions* options);

// Tells *encode. A usage error for what is no special token of the tokenizer.
absl::Status ApplySpelledTokens(const SpelledTokensOptions& options, const Tokenizer& tokenizer,
                                EncodeOptions* encode);

}  // namespace bytepiece
