// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/utf8.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

// Written from the definition (UTF-8 is the shortest form of a scalar value),
// not from the table of lead bytes.
std::string EncodeNaively(char32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  std::string tail;
  char32_t limit = 0x20;  // what fits into the lead byte after one continuation
  char32_t lead = 0xC0;
  for (;;) {
    tail.insert(tail.begin(), static_cast<char>(0x80 | (c & 0x3F)));
    c >>= 6;
    if (c < limit) break;
    lead |= limit;
    limit >>= 1;
  }
  return static_cast<char>(lead | c) + tail;
}

TEST_CASE("every code point is decoded, surrogates and beyond are not") {
  for (char32_t c = 0; c < 0x120000; ++c) {
    const std::string bytes = EncodeNaively(c);
    const bool scalar = c < 0xD800 || (c > 0xDFFF && c < 0x110000);
    const Utf8Char decoded = DecodeUtf8Char(bytes);
    REQUIRE(decoded.valid == scalar);
    REQUIRE(decoded.length == (scalar ? static_cast<int>(bytes.size()) : 1));
    if (scalar) REQUIRE(decoded.code_point == c);
  }
}

TEST_CASE("overlong, truncated and stray bytes are one invalid byte each") {
  for (const std::string text : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\x80",
                                 "\xBF", "\xE4\xB8", "\xFF", "\xF5\x80\x80\x80", "\xE4\xB8\x41"}) {
    CHECK_FALSE(DecodeUtf8Char(text).valid);
    CHECK(DecodeUtf8Char(text).length == 1);
    CHECK_FALSE(IsValidUtf8(text));
  }
  CHECK(IsValidUtf8(std::string_view("a\0b", 3)));
}

TEST_CASE("many texts are valid if each is, whatever they are together") {
  const std::string e_acute = "\xC3\xA9";
  CHECK(AreValidUtf8({}));
  CHECK(AreValidUtf8({"", e_acute, "a", "\n", e_acute}));
  CHECK_FALSE(AreValidUtf8({"a", "\xC3", "\xA9"}));
  CHECK_FALSE(AreValidUtf8({e_acute, "\xC3"}));
  CHECK_FALSE(AreValidUtf8({"\xA9", e_acute}));
  const std::string many(100000, 'a');  // more than is looked at together
  CHECK(AreValidUtf8({many, e_acute, many, many, e_acute}));
  CHECK_FALSE(AreValidUtf8({many, "\xC3", many, "a"}));
  CHECK_FALSE(AreValidUtf8({many, many, "\xC3"}));
  for (char32_t c : {0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF}) {
    const std::string text = EncodeNaively(c);
    CHECK(Utf8CharLength(text[0]) == text.size());
  }
}

TEST_CASE("the last character is where reading from the start finds it") {
  RandomText random(8);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random.Over("a\xC3\xE4\xF0\x9F\x98\x80\xB8\xFF", 1 + random.Below(9));
    CAPTURE(text);
    std::size_t begin = 0;
    Utf8Char last = DecodeUtf8Char(text);
    while (begin + static_cast<std::size_t>(last.length) < text.size()) {
      begin += static_cast<std::size_t>(last.length);
      last = DecodeUtf8Char(std::string_view(text).substr(begin));
    }
    const Utf8Char found = LastUtf8Char(text);
    REQUIRE(found.valid == last.valid);
    REQUIRE(found.length == last.length);
    if (last.valid) REQUIRE(found.code_point == last.code_point);
  }
}

TEST_CASE("an incomplete character at the end is measured") {
  CHECK(IncompleteUtf8Suffix("") == 0);
  CHECK(IncompleteUtf8Suffix("a") == 0);
  CHECK(IncompleteUtf8Suffix("中") == 0);
  CHECK(IncompleteUtf8Suffix("a\xE4") == 1);
  CHECK(IncompleteUtf8Suffix("a\xE4\xB8") == 2);
  CHECK(IncompleteUtf8Suffix("\xF0\x9F\x98") == 3);
  CHECK(IncompleteUtf8Suffix("\xE0\x80") == 0);  // can never become valid
  CHECK(IncompleteUtf8Suffix("\xF0\x9F\x98\x80") == 0);
  CHECK(IncompleteUtf8Suffix("\x80\x80\x80") == 0);
}

TEST_CASE("a character's bytes are appended") {
  std::string text;
  std::string expected;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    AppendUtf8(c, &text);
    expected += EncodeNaively(c);
  }
  CHECK((text == expected));
}

}  // namespace
}  // namespace bytepiece
