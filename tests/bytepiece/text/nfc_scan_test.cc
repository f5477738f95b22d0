// SPDX-License-Identifier: Apache-2.0
// The table against ICU's properties for all code points; both scans against a
// character by character search, and the check made of them against ICU's normaliser.
#include "bytepiece/text/nfc_scan.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>

#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "bytepiece/text/normalizer.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

bool IsSensitive(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  if (age[0] == 0 || age[0] > 14) return false;  // assigned later, or never
  return u_getCombiningClass(static_cast<UChar32>(c)) != 0 ||
         u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NFC_QUICK_CHECK) != UNORM_YES;
}

bool IsSurrogate(char32_t c) { return c >= 0xD800 && c < 0xE000; }

std::size_t Naive(std::string_view text, std::size_t from) {
  for (; from < text.size(); ++from) {
    const Utf8Char c = DecodeUtf8Char(text.substr(from));
    if (c.valid && IsSensitive(c.code_point)) break;
  }
  return from;
}

void CheckScans(std::string_view text, std::size_t from) {
  const std::size_t expected = Naive(text, from);
  REQUIRE(FindNfcSensitivePortable(text, from) == expected);
  if (HasNfcVectors()) REQUIRE(FindNfcSensitiveVectors(text, from) == expected);
  REQUIRE(FindNfcSensitive(text, from) == expected);
}

std::vector<char32_t> SensitiveCodePoints() {
  std::vector<char32_t> found;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (!IsSurrogate(c) && IsSensitive(c)) found.push_back(c);
  }
  return found;
}

std::string Nfc(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  static const icu::UnicodeSet assigned(u"[:age=14.0:]", error);
  static const icu::FilteredNormalizer2 nfc(*icu::Normalizer2::getNFCInstance(error), assigned);
  std::string normalized;
  icu::UnicodeString result;
  nfc.normalize(icu::UnicodeString::fromUTF8(text), result, error).toUTF8String(normalized);
  REQUIRE(U_SUCCESS(error));
  return normalized;
}

TEST_CASE("nfc scan: every code point, alone and at any place of a vector") {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (IsSurrogate(c)) continue;
    const std::string text = EncodeUtf8(c);
    const bool found = FindNfcSensitivePortable(text, 0) == 0;
    if (found != IsSensitive(c)) FAIL("U+" << std::hex << static_cast<std::uint32_t>(c));
    if (!HasNfcVectors()) continue;
    const std::string padded =
        std::string(c % 64, 'a') + text + std::string(c % 3 == 0 ? 99 : 0, 'a');
    const std::size_t at = FindNfcSensitiveVectors(padded, 0);
    if (at != (found ? c % 64 : padded.size())) {
      FAIL("in a vector: U+" << std::hex << static_cast<std::uint32_t>(c));
    }
  }
}

TEST_CASE("nfc scan: any bytes") {
  const std::uint64_t seed = 41117;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<char32_t> sensitive = SensitiveCodePoints();
  REQUIRE(sensitive.size() > 2000);
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    const std::size_t size = random.Below(300);
    std::string text = round % 4 == 0   ? random.Bytes(size)
                       : round % 4 == 1 ? random.MutatedUtf8(size + 1)
                                        : random.Over("\xE0\xE3\xF0\x80\x82\xAA\x9F\xCC\x41", size);
    if (round % 4 == 3) {
      text.insert(random.Below(text.size() + 1),
                  EncodeUtf8(sensitive[random.Below(sensitive.size())]));
    }
    CheckScans(text, 0);
    CheckScans(text, random.Below(text.size() + 1));
    // The end of the text, wherever it cuts a character.
    CheckScans(std::string_view(text).substr(0, random.Below(text.size() + 1)), 0);
  }
}

TEST_CASE("nfc scan: normalising every sensitive character beside marks and letters is ICU's") {
  const std::vector<char32_t> sensitive = SensitiveCodePoints();
  const std::vector<std::string> others = {
      "",       "a",      "\u00E4",     "\u0300", "\u0323", "\u0345", "\u0F71", "\u3099",
      "\u0334", "\u1100", "\uAC00",     "\u11A8", "\u0915", "\u093C", "\u094D", "\u0301\u0300",
      "\u4E2D", "\u200D", "\U0001F600", "\u0327", "\u05B0", "\u0E38", "\u0BC6", "\u302A"};
  std::string buffer;
  for (const char32_t c : sensitive) {
    const std::string middle = EncodeUtf8(c);
    for (std::size_t i = 0; i < others.size(); ++i) {
      const std::string& after = others[(i * 7 + c) % others.size()];
      const std::string text = others[i] + middle + after;
      if (Normalize(Normalization::kNfc, text, &buffer) != Nfc(text)) {
        CAPTURE(text);
        FAIL("U+" << std::hex << static_cast<std::uint32_t>(c));
      }
    }
  }
}

}  // namespace
}  // namespace bytepiece
