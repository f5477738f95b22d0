// SPDX-License-Identifier: Apache-2.0
// Prompts that end inside a token of the text they come from, and such that do not
// (docs/method/continuation.md, "The harness").
//
// The places between two characters of a document are
//   partial    strictly inside a token of the document;
//   word-like  partial, where what the token has before the place is a piece of its own, and
//              where a person may stop writing: not between two letters or digits of a
//              script that separates words;
//   aligned    between two tokens.
// Example: with 白云 and 白云机场 as pieces, 白云|机场 is word-like, 白|云 too if 白 is a
// piece; "of| the" is, "o|f the" is only partial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::lm {

enum class PromptKind { kPartial, kWordLike, kAligned };

inline constexpr PromptKind kPromptKinds[] = {PromptKind::kPartial, PromptKind::kWordLike,
                                              PromptKind::kAligned};
const char* PromptKindName(PromptKind kind);

struct Prompt {
  std::string text;        // ends at the place; begins where a token does
  std::string completion;  // the rest of the cut token; aligned: the next token
  std::string next;        // the bytes that follow `text`, next_bytes of them
};

struct PromptOptions {
  std::int64_t prompts = 200;        // of each kind, at most
  std::size_t longest_prompt = 192;  // bytes
  std::size_t shortest_prompt = 32;  // bytes
  std::size_t next_bytes = 16;
  std::uint64_t seed = 0;
};

// The size of the problem: the places that are hit.
struct PlaceCounts {
  std::int64_t places = 0;
  std::int64_t partial = 0;
  std::int64_t word_like = 0;
};

struct PromptSet {
  PlaceCounts counts;           // of the documents, normalised
  std::vector<Prompt> partial;  // by kind: see Of
  std::vector<Prompt> word_like;
  std::vector<Prompt> aligned;

  const std::vector<Prompt>& Of(PromptKind kind) const;
};

// Places are drawn without replacement, all alike; where a document leaves too few bytes
// before or after, there are none to draw. Error: no place at all.
absl::StatusOr<PromptSet> MakePrompts(const std::vector<std::string>& documents,
                                      const PromptOptions& options, const Tokenizer& tokenizer);

}  // namespace bytepiece::lm
