// SPDX-License-Identifier: Apache-2.0
// UTF-8 by bytes: just what chunking and validation need. Never fails: a byte
// that is no part of a valid character counts as a character of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace bytepiece {

// 0x80..0xBF.
constexpr bool IsUtf8Continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// The length of the valid character that begins with that byte.
constexpr std::size_t Utf8CharLength(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Appends a character's bytes; surrogates and what is above U+10FFFF are none.
void AppendUtf8(char32_t code_point, std::string* text);

struct Utf8Char {
  char32_t code_point = 0;  // meaningless if !valid
  int length = 0;           // bytes: 1..4
  bool valid = false;
};

// The character at the start of `text`, which must not be empty. Overlong
// forms, surrogates and code points above U+10FFFF are invalid: length 1.
Utf8Char DecodeUtf8Char(std::string_view text);

// The one at the end of `text`, which must not be empty, where DecodeUtf8Char comes
// to it from the start.
Utf8Char LastUtf8Char(std::string_view text);

bool IsValidUtf8(std::string_view text);

// Whether each of many, mostly short, is. Faster than one by one.
bool AreValidUtf8(absl::Span<const std::string_view> texts);

// Whether each of several bytes is: pieces that no character is cut by, single bytes aside.
bool HaveWholeCharacters(absl::Span<const std::string_view> pieces);

// Length of the incomplete but so far valid character at the end of `text`:
// 0..3 bytes. A streaming decoder holds them back.
std::size_t IncompleteUtf8Suffix(std::string_view text);

}  // namespace bytepiece
