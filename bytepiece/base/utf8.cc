// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/utf8.h"

#include <simdjson.h>

#include <string>
#include <vector>

namespace bytepiece {
namespace {

// The lead byte announces the length, and the range allowed for the
// second byte, which is where overlong forms, surrogates and code points above
// U+10FFFF are refused (Unicode 14, table 3-7).
struct Lead {
  int length = 0;  // 0: not a lead byte
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

Lead ClassifyLead(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// How many bytes at the start of `text` go along with a valid character: the
// whole of it, or as far as it is right.
int ValidPrefix(std::string_view text, const Lead& lead) {
  if (lead.length <= 1) return lead.length;
  int n = 1;
  while (n < lead.length && static_cast<std::size_t>(n) < text.size()) {
    const auto byte = static_cast<unsigned char>(text[n]);
    const unsigned char low = n == 1 ? lead.second_min : 0x80;
    const unsigned char high = n == 1 ? lead.second_max : 0xBF;
    if (byte < low || byte > high) break;
    ++n;
  }
  return n;
}

}  // namespace

void AppendUtf8(char32_t code_point, std::string* text) {
  if (code_point < 0x80) {
    text->push_back(static_cast<char>(code_point));
    return;
  }
  const int more = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  constexpr unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
  text->push_back(static_cast<char>(kLead[more] | (code_point >> (6 * more))));
  for (int i = more - 1; i >= 0; --i) {
    text->push_back(static_cast<char>(0x80 | (code_point >> (6 * i) & 0x3F)));
  }
}

Utf8Char DecodeUtf8Char(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const Lead lead = ClassifyLead(first);
  if (lead.length == 0 || ValidPrefix(text, lead) != lead.length) return {0, 1, false};
  if (lead.length == 1) return {first, 1, true};
  char32_t code_point = first & (0x7F >> lead.length);
  for (int i = 1; i < lead.length; ++i) {
    code_point = (code_point << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  return {code_point, lead.length, true};
}

Utf8Char LastUtf8Char(std::string_view text) {
  std::size_t length = 1;
  while (length < 4 && length < text.size() && IsUtf8Continuation(text[text.size() - length])) {
    ++length;
  }
  const Utf8Char c = DecodeUtf8Char(text.substr(text.size() - length));
  return static_cast<std::size_t>(c.length) == length ? c : Utf8Char{0, 1, false};
}

bool IsValidUtf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

bool AreValidUtf8(absl::Span<const std::string_view> texts) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 16;
  std::string joined;
  for (const std::string_view text : texts) {
    // A byte that is no part of a longer character keeps them apart.
    joined.append(text).push_back('\n');
    if (joined.size() < kAtOnce) continue;
    if (!IsValidUtf8(joined)) return false;
    joined.clear();
  }
  return IsValidUtf8(joined);
}

bool HaveWholeCharacters(absl::Span<const std::string_view> pieces) {
  std::vector<std::string_view> longer;
  longer.reserve(pieces.size());
  for (const std::string_view piece : pieces) {
    if (piece.size() > 1) longer.push_back(piece);
  }
  return AreValidUtf8(longer);
}

std::size_t IncompleteUtf8Suffix(std::string_view text) {
  for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
    const std::string_view tail = text.substr(text.size() - length);
    if (IsUtf8Continuation(tail[0])) continue;
    const Lead lead = ClassifyLead(static_cast<unsigned char>(tail[0]));
    const bool incomplete = lead.length > static_cast<int>(length) &&
                            ValidPrefix(tail, lead) == static_cast<int>(length);
    return incomplete ? length : 0;
  }
  return 0;
}

}  // namespace bytepiece
