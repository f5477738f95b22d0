// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/unicode_script.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace bytepiece {
namespace {

struct Names {
  const char* label;
  const char* key;
};

constexpr std::array<Names, kNumScriptClasses> kNames = {{
    {"Han", "han"},
    {"Latin", "latin"},
    {"Cyrillic", "cyrillic"},
    {"kana", "kana"},
    {"Hangul", "hangul"},
    {"Arabic", "arabic"},
    {"digits", "digits"},
    {"white space", "whitespace"},
    {"punctuation, symbols", "punctuation"},
    {"other", "other"},
    {"invalid bytes", "invalid"},
}};

ScriptClass ByProperties(UChar32 c) {
  if (u_charType(c) == U_DECIMAL_DIGIT_NUMBER) return ScriptClass::kDigits;
  if (u_isUWhiteSpace(c)) return ScriptClass::kWhitespace;
  if (U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK)) return ScriptClass::kPunctuation;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(c, &error)) {
    case USCRIPT_HAN:
      return ScriptClass::kHan;
    case USCRIPT_LATIN:
      return ScriptClass::kLatin;
    case USCRIPT_CYRILLIC:
      return ScriptClass::kCyrillic;
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
      return ScriptClass::kKana;
    case USCRIPT_HANGUL:
      return ScriptClass::kHangul;
    case USCRIPT_ARABIC:
      return ScriptClass::kArabic;
    case USCRIPT_COMMON:  // the length mark U+30FC is of two scripts, so of neither
      return uscript_hasScript(c, USCRIPT_KATAKANA) ? ScriptClass::kKana : ScriptClass::kOther;
    default:
      return ScriptClass::kOther;
  }
}

// The properties take some 50 ns a character to look up; the Basic Multilingual
// Plane, nearly all of any text, is looked up once.
const std::vector<std::uint8_t>& BasicPlane() {
  static const std::vector<std::uint8_t>& table = *[] {
    auto* classes = new std::vector<std::uint8_t>(0x10000);
    for (UChar32 c = 0; c < 0x10000; ++c) {
      (*classes)[c] = static_cast<std::uint8_t>(ByProperties(c));
    }
    return classes;
  }();
  return table;
}

bool IsOfNoScript(ScriptClass script) {
  return script == ScriptClass::kDigits || script == ScriptClass::kWhitespace ||
         script == ScriptClass::kPunctuation;
}

}  // namespace

ScriptClass ClassOf(const Utf8Char& character) {
  static const std::vector<std::uint8_t>& basic_plane = BasicPlane();
  if (!character.valid) return ScriptClass::kInvalid;
  if (character.code_point >= basic_plane.size()) {
    return ByProperties(static_cast<UChar32>(character.code_point));
  }
  return static_cast<ScriptClass>(basic_plane[character.code_point]);
}

const char* ScriptClassLabel(ScriptClass script) {
  return kNames[static_cast<std::size_t>(script)].label;
}

const char* ScriptClassKey(ScriptClass script) {
  return kNames[static_cast<std::size_t>(script)].key;
}

ScriptClass ClassOfPiece(std::string_view piece) {
  std::optional<ScriptClass> common;
  while (!piece.empty()) {
    const Utf8Char character = DecodeUtf8Char(piece);
    const ScriptClass script = ClassOf(character);
    if (script == ScriptClass::kInvalid) return script;
    piece.remove_prefix(static_cast<std::size_t>(character.length));
    if (!common || IsOfNoScript(*common)) {
      const bool differ = common && *common != script && IsOfNoScript(script);
      common = differ ? ScriptClass::kPunctuation : script;
    } else if (!IsOfNoScript(script) && *common != script) {
      common = ScriptClass::kOther;
    }
  }
  return common.value_or(ScriptClass::kOther);
}

}  // namespace bytepiece
