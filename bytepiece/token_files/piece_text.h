// SPDX-License-Identifier: Apache-2.0
// Tokens as text that people read and programs read back.
//
// A piece stands for itself, spaces included, except what would not survive a line of
// text: \\ \n \t \r, and \xHH for other control characters and for bytes that are no
// valid UTF-8. Control and special tokens carry the mark \! in front, so that a piece
// that happens to be spelled "<eos>" stays apart. A line of tokens has one tab between
// two of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// "the", " 世", "\x80", "\!<eos>". The id must be in the vocabulary.
std::string PieceText(const Tokenizer& tokenizer, TokenId id);

// Bytes as a piece is written.
std::string EscapeBytes(std::string_view bytes);

// The way back; errors name what is not a token.
absl::StatusOr<TokenId> ParsePieceText(const Tokenizer& tokenizer, std::string_view text);

// A line, without its newline: "" is no token.
std::string PieceLine(const Tokenizer& tokenizer, absl::Span<const TokenId> ids);
absl::StatusOr<std::vector<TokenId>> ParsePieceLine(const Tokenizer& tokenizer,
                                                    std::string_view line);

}  // namespace bytepiece
