// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/text/splitter.h"

#include <algorithm>
#include <iterator>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

// M and the limit of a newline run in the reference's training patterns.
constexpr int kMaxCharsBeforeNewlines = 10000;
constexpr std::size_t kMaxNewlines = 100;

// Category Nd of Unicode 14 comes in runs of ten; these are their zeros. A table
// rather than a library call, so that a vocabulary does not depend on the
// Unicode version installed.
constexpr char32_t kDigitZeros[] = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,
    0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
    0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
    0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
};

bool IsDecimalDigit(char32_t c) {
  const auto* after = std::upper_bound(std::begin(kDigitZeros), std::end(kDigitZeros), c);
  return after != std::begin(kDigitZeros) && c - *(after - 1) < 10;
}

// Length of the newline run at the start of `text`, at most `limit`.
std::size_t NewlineRun(std::string_view text, std::size_t limit) {
  std::size_t n = 0;
  while (n < limit && n < text.size() && text[n] == '\n') ++n;
  return n;
}

}  // namespace

std::size_t NextChunk(std::string_view text) {
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return text.size();
  return newline + NewlineRun(text.substr(newline), text.size());
}

std::size_t LastChunkEnd(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  const std::size_t newline = text.rfind('\n', limit - 1);
  if (newline == text.npos) return 0;
  if (text[newline + 1] != '\n') return newline + 1;
  // The run goes on: the chunk before it, then.
  const std::size_t before_run = text.find_last_not_of('\n', newline);
  if (before_run == text.npos) return 0;
  return text.rfind('\n', before_run) + 1;  // npos + 1 is 0
}

std::size_t NextChunks(std::string_view text, std::size_t limit) {
  const std::size_t end = LastChunkEnd(text, limit);
  return end > 0 ? end : NextChunk(text);
}

std::size_t NextSafeCut(std::string_view text, std::size_t from) {
  const std::size_t newline = text.find('\n', from);
  if (newline == std::string_view::npos) return text.size();
  return newline + NewlineRun(text.substr(newline), text.size());
}

void AppendSafeSlices(std::string_view text, std::size_t size,
                      std::vector<std::string_view>* slices) {
  while (!text.empty()) {
    const std::size_t end = text.size() > size ? NextSafeCut(text, size) : text.size();
    slices->push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::size_t TrainingSplitter::NextChunk(std::string_view text) const {
  if (!isolate_digits_) {
    // So few bytes are no more characters: nearly every chunk, found by a scan.
    const std::size_t line =
        std::min(text.substr(0, kMaxCharsBeforeNewlines).find('\n'), text.size());
    if (line <= kMaxCharsBeforeNewlines) {
      return line + NewlineRun(text.substr(line), kMaxNewlines);
    }
  }
  std::size_t length = 0;
  for (int chars = 0; chars < kMaxCharsBeforeNewlines && length < text.size(); ++chars) {
    if (text[length] == '\n') break;
    const Utf8Char c = DecodeUtf8Char(text.substr(length));
    if (isolate_digits_ && c.valid && IsDecimalDigit(c.code_point)) {
      if (chars == 0) return c.length;
      return length;
    }
    length += c.length;
  }
  return length + NewlineRun(text.substr(length), kMaxNewlines);
}

}  // namespace bytepiece
