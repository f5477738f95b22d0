// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_text.h"

#include <iterator>
#include <utility>

namespace bytepiece {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Scripts and signs with something to normalise, to split or to cut wrongly.
constexpr Range kScripts[] = {
    {'a', 'z'},         {'A', 'Z'},         {'0', '9'},         {0x00C0, 0x024F},
    {0x0391, 0x03CE},   {0x0410, 0x044F},   {0x05D0, 0x05EA},   {0x0620, 0x064A},
    {0x0660, 0x0669},   {0x0905, 0x0939},   {0x0E01, 0x0E3A},   {0x1100, 0x11FF},
    {0x1E00, 0x1EFF},   {0x3041, 0x3096},   {0x30A1, 0x30FA},   {0x4E00, 0x9FA5},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAD9},   {0x1D15E, 0x1D164}, {0x1F600, 0x1F64F},
    {0x2F800, 0x2FA1D}, {0x11100, 0x11134},
};
constexpr char32_t kMarks[] = {0x0300, 0x0301, 0x0308, 0x0316, 0x0323,
                               0x0327, 0x0344, 0x093C, 0x3099, 0x1D165};

std::string Repeat(std::string_view unit, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += unit;
  return result;
}

}  // namespace

std::string RandomText::Bytes(std::size_t length) {
  std::string text(length, '\0');
  for (char& byte : text) byte = static_cast<char>(Below(256));
  return text;
}

std::string RandomText::Over(std::string_view alphabet, std::size_t length) {
  std::string text(length, '\0');
  for (char& byte : text) byte = alphabet[Below(alphabet.size())];
  return text;
}

std::string RandomText::ValidUtf8(std::size_t length) {
  std::string text;
  while (text.size() < length) {
    const Range script = kScripts[Below(std::size(kScripts))];
    for (std::size_t run = 1 + Below(8); run > 0; --run) {
      text +=
          EncodeUtf8(script.first + static_cast<char32_t>(Below(script.last - script.first + 1)));
      if (Below(6) == 0) {
        for (std::size_t marks = 1 + Below(3); marks > 0; --marks) {
          text += EncodeUtf8(kMarks[Below(std::size(kMarks))]);
        }
      }
    }
    text += " \n \t, "[Below(6)];
  }
  return text;
}

std::string RandomText::MutatedUtf8(std::size_t length) {
  std::string text = ValidUtf8(length);
  for (std::size_t hits = 1 + text.size() / 30; hits > 0; --hits) {
    const std::size_t at = Below(text.size());
    switch (Below(4)) {
      case 0:
        text[at] = static_cast<char>(Below(256));
        break;
      case 1:
        if (text.size() > 1) text.erase(at, 1);
        break;
      case 2:
        text.insert(at, 1, text[at]);
        break;
      default:
        std::swap(text[at], text[Below(text.size())]);
    }
  }
  return text;
}

std::string EncodeUtf8(char32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

std::vector<std::string> AwkwardDocuments() {
  using std::string_literals::operator""s;
  return {
      "",
      "\0"s,
      "\0\0\n\0"s,
      "\n",
      Repeat("\n", 1000),
      "\r\n\r\n",
      "no newline at the end",
      "\n leads",
      "a\n\nb\n\n\nc",
      Repeat("a", 5000),
      Repeat(" ", 5000),
      Repeat("ab", 3000),
      "\xED\xA0\x80",              // a lone surrogate
      "\xED\xA0\xBD\xED\xB8\x80",  // a pair of them, as CESU-8 has it
      "\xEF\xBB\xBFwith a byte order mark",
      "\xC0\x80 overlong NUL",
      "\xE4\xB8",              // truncated
      "\xE4\xB8\xE4\xB8\xAD",  // truncated, then whole
      "\xF0\x9F\x98\n\x80",
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF8\x88\x80\x80\x80",
      Repeat("\x80", 300),
      Repeat("\xFF\xFE", 300),
      "e\u0301 in two, \u00E9 in one",
      "a\u0301\u0316\u0323 out of order, a\u0316\u0323\u0301 in order",
      "\u0301 a mark at the start",
      "a\n\u0301 a mark after a newline",
      "a\xFF\u0301 a mark after a broken byte",
      "a\u0301\xFF\u0301",
      "a" + Repeat("\u0301\u0316", 3000),  // very many marks out of order
      "\u1112\u1161\u11ab\u1100\u1173\u11af jamo",
      "\u1100\u1100\u1161\u11a8\u11a8",
      "\uAC00\u11A8 a syllable and a final",
      "\u0958\u0344\u2126\u212B\uF900\U0002F800 singletons and exclusions",
      "\U0001D15E\U0001D165 musical",
      "\U00011131\U00011127 composes beyond the basic plane",
      "\u0F73\u0F71\u0F72 Tibetan vowels",
      "\uFFFE\uFFFF\uFFFD noncharacters",
      "\U000105C9\u0307 assigned after Unicode 14",
      "<bos><eos><pad> look like control tokens",
      "\u202E right to left \u200D\u200D joiners \U0001F468\u200D\U0001F469",
      "tabs\tand\vother\fspace\u00A0\u2028\u2029\u0085",
  };
}

}  // namespace bytepiece
