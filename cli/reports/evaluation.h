// SPDX-License-Identifier: Apache-2.0
// Figures of what a tokenizer does to a text. All are derived from integer
// counts, so they do not depend on the number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "cli/reports/unicode_script.h"

namespace bytepiece {

// Counts over the texts added so far. One for each thread, then merged.
class TokenTally {
 public:
  explicit TokenTally(const Vocabulary* vocabulary);

  // Adds the tokens of one text, pieces all.
  void Add(absl::Span<const TokenId> ids);
  void Merge(const TokenTally& other);

 private:
  friend struct Evaluation Evaluate(const TokenTally& tally);

  const Vocabulary* vocabulary_;
  std::vector<std::int64_t> tokens_;  // by id
  // For each class its characters, and its bytes by the length of the token they are in.
  std::array<std::int64_t, kNumScriptClasses> characters_ = {};
  std::array<std::vector<std::int64_t>, kNumScriptClasses> bytes_;
  std::string text_;  // scratch
};

// The order of the Rényi entropy that predicts translation quality best
// (Zouhar et al., "Tokenization and the Noiseless Channel", ACL 2023).
inline constexpr double kRenyiOrder = 2.5;

// Fields are absent that are not known of other libraries' tokenizers.
struct Evaluation {
  std::int64_t vocabulary_size = 0;
  std::int64_t tokens = 0;
  // Distinct tokens seen / vocabulary size.
  std::optional<double> vocabulary_used;
  // H / ln(vocabulary size), where H = ln(sum of p^2.5) / (1 - 2.5) over the
  // relative frequencies p of the tokens. 1: all equally frequent. 0 without text.
  std::optional<double> renyi_efficiency;
  // Tokens whose bytes alone are not valid UTF-8 / tokens.
  std::optional<double> invalid_tokens;
  // Tokens that stand for text which the tokenizer does not know.
  std::int64_t unknown_tokens = 0;
  struct Script {
    std::int64_t characters = 0;
    // A token counts evenly for its bytes: one of 4 bytes gives each of them a
    // quarter. The sum over all scripts is the number of tokens.
    double tokens = 0;
  };
  // Figures of the text as tokenized: after normalisation.
  std::array<Script, kNumScriptClasses> scripts = {};
};

Evaluation Evaluate(const TokenTally& tally);

// Characters of `text`; a byte that is no part of one counts as one.
std::int64_t CountCharacters(std::string_view text);

}  // namespace bytepiece
