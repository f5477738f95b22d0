// SPDX-License-Identifier: Apache-2.0
#include "cli/program/table.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

std::size_t CharacterWidth(const Utf8Char& character) {
  if (!character.valid) return 1;
  const auto c = static_cast<UChar32>(character.code_point);
  if (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) return 0;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

std::string Padding(const std::string& text, std::size_t width) {
  const std::size_t taken = DisplayWidth(text);
  return std::string(width > taken ? width - taken : 0, ' ');
}

}  // namespace

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Utf8Char character = DecodeUtf8Char(text);
    width += CharacterWidth(character);
    text.remove_prefix(static_cast<std::size_t>(character.length));
  }
  return width;
}

std::string AlignRight(const std::string& text, std::size_t width) {
  return Padding(text, width) + text;
}

std::string AlignLeft(const std::string& text, std::size_t width) {
  return text + Padding(text, width);
}

std::string RenderTable(const std::vector<std::vector<std::string>>& rows, std::size_t max_width) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (std::size_t begin = 1; begin < widths.size();) {
    std::size_t end = begin;
    for (std::size_t width = widths[0]; end < widths.size(); ++end) {
      width += 2 + widths[end];
      if (width > max_width && end > begin) break;
    }
    if (begin > 1) text += "\n";
    for (const auto& row : rows) {
      text += row.size() == 1 ? row[0] : AlignLeft(row[0], widths[0]);
      for (std::size_t i = begin; i < std::min(end, row.size()); ++i) {
        text += "  " + AlignRight(row[i], widths[i]);
      }
      text += "\n";
    }
    begin = end;
  }
  return text;
}

std::string GroupDigits(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace bytepiece
