// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/piece_borders.h"

#include <algorithm>
#include <iterator>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kPunctuation[] = {
    {0x21, 0x2F},     {0x3A, 0x40},       {0x5B, 0x60},     {0x7B, 0x7E},     {0xA1, 0xA9},
    {0xAB, 0xAC},     {0xAE, 0xB1},       {0xB4, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},
    {0xBF, 0xBF},     {0xD7, 0xD7},       {0xF7, 0xF7},     {0x589, 0x58F},   {0x5BE, 0x5BE},
    {0x5C0, 0x5C0},   {0x5C3, 0x5C3},     {0x5F3, 0x5F4},   {0x606, 0x60F},   {0x61B, 0x61F},
    {0x66A, 0x66D},   {0x6D4, 0x6D4},     {0x964, 0x965},   {0xE3F, 0xE3F},   {0x2010, 0x2027},
    {0x2030, 0x205E}, {0x20A0, 0x20CF},   {0x2190, 0x23FF}, {0x2500, 0x2775}, {0x2794, 0x2BFF},
    {0x2E00, 0x2E7F}, {0x3001, 0x3004},   {0x3008, 0x3020}, {0x3030, 0x3030}, {0x30FB, 0x30FB},
    {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F},   {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
    {0xFF5B, 0xFF65}, {0x1F000, 0x1FAFF},
};

bool IsPunctuation(char32_t c) {
  const Range* const range =
      std::lower_bound(std::begin(kPunctuation), std::end(kPunctuation), c,
                       [](const Range& one, char32_t character) { return one.last < character; });
  return range != std::end(kPunctuation) && range->first <= c;
}

// White_Space except the newline.
bool IsSpace(char32_t c) {
  return c == ' ' || c == '\t' || (c >= '\v' && c <= '\r') || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

enum class Kind { kWriting, kPunctuation, kSpace, kNewline };

Kind KindOf(const Utf8Char& c) {
  if (!c.valid) return Kind::kWriting;
  if (c.code_point == '\n') return Kind::kNewline;
  if (IsSpace(c.code_point)) return Kind::kSpace;
  return IsPunctuation(c.code_point) ? Kind::kPunctuation : Kind::kWriting;
}

bool MayCross(Kind left, Kind right, const TrainerSpec& spec) {
  if (left == right) return true;
  if (left == Kind::kNewline || right == Kind::kNewline) return spec.cross_newlines;
  if (right == Kind::kSpace) return spec.cross_spaces;
  return left == Kind::kSpace || spec.cross_punctuation;
}

}  // namespace

bool MayBePiece(std::string_view bytes, const TrainerSpec& spec) {
  if (bytes.empty() || MayCrossAll(spec)) return true;
  Utf8Char c = DecodeUtf8Char(bytes);
  for (Kind left = KindOf(c);;) {
    bytes.remove_prefix(c.length);
    if (bytes.empty()) return true;
    c = DecodeUtf8Char(bytes);
    const Kind right = KindOf(c);
    if (!MayCross(left, right, spec)) return false;
    left = right;
  }
}

bool MayCrossAll(const TrainerSpec& spec) {
  return spec.cross_spaces && spec.cross_punctuation && spec.cross_newlines;
}

}  // namespace bytepiece
