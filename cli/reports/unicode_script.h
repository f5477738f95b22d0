// SPDX-License-Identifier: Apache-2.0
// The kind of each character, for statistics by script.
#pragma once

#include <array>
#include <string_view>

#include "bytepiece/base/utf8.h"

namespace bytepiece {

// Digits, white space and punctuation are of no script, whatever their Unicode
// script property: they are recognised first, by category (Nd, White_Space, P
// and S). The rest goes by its script property; kana are Hiragana and Katakana
// with their length marks. "other" is every other script and what belongs to
// none, combining marks that many scripts share among it.
enum class ScriptClass {
  kHan,
  kLatin,
  kCyrillic,
  kKana,
  kHangul,
  kArabic,
  kDigits,
  kWhitespace,
  kPunctuation,
  kOther,
  kInvalid,  // a byte that is no part of a valid UTF-8 character
};
inline constexpr std::size_t kNumScriptClasses = 11;

ScriptClass ClassOf(const Utf8Char& character);

// "han", "punctuation and symbols", "invalid bytes": for tables.
const char* ScriptClassLabel(ScriptClass script);
// "han", "punctuation", "invalid": for JSON.
const char* ScriptClassKey(ScriptClass script);

// The class of a whole piece: that of its characters, white space, digits and
// punctuation disregarded where there is anything else. kOther if they differ;
// kInvalid if the piece is not valid UTF-8.
ScriptClass ClassOfPiece(std::string_view piece);

}  // namespace bytepiece
