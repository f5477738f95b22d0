// SPDX-License-Identifier: Apache-2.0
// The vocabulary of types every other header speaks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bytepiece::inline v0 {

// Position in the vocabulary: 0 <pad>, 1 <bos>, 2 <eos>, then the pieces, then
// the special tokens of the model.
using TokenId = std::int32_t;

inline constexpr TokenId kPadId = 0;
inline constexpr TokenId kBosId = 1;
inline constexpr TokenId kEosId = 2;
inline constexpr TokenId kFirstPieceId = 3;
inline constexpr int kNumControlTokens = 3;

// A piece of the Unigram vocabulary. `bytes` is not empty and need not be valid
// UTF-8; `count` >= 1.
struct Piece {
  std::string bytes;
  std::int64_t count = 0;

  friend bool operator==(const Piece&, const Piece&) = default;
};

// Half-open range of bytes.
struct ByteSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

// A document, or one of the parts of one that is too long to be held whole: cut between a newline
// and a character that is none, where no piece and no normalisation looks across.
struct TextPart {
  std::string_view text;
  std::int64_t begin = 0;  // of the text in its document, in the unit of the offsets
  bool begins_document = true;
  bool ends_document = true;
};

// Unicode normalisation applied before segmentation.
enum class Normalization { kNone, kNfc };

// How to take text that spells a special token. Reserved tokens have no spelling, and no text
// becomes a control token: under kAllow its name is text, too.
enum class SpecialTokenPolicy {
  kPlainText,  // it is text
  kAllow,      // it becomes the special token; leftmost first, longest first
  kForbid,     // it is an error that names the token and its position; a control token's, too
};

}  // namespace bytepiece::inline v0
