// SPDX-License-Identifier: Apache-2.0
#include "cli/program/printable.h"

#include <unicode/uchar.h>

#include "absl/strings/str_format.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

bool IsPrintable(const Utf8Char& character) {
  if (!character.valid) return false;
  const auto c = static_cast<UChar32>(character.code_point);
  return !u_iscntrl(c) && !u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Utf8Char character = DecodeUtf8Char(text);
    const std::string_view bytes = text.substr(0, static_cast<std::size_t>(character.length));
    if (IsPrintable(character)) {
      printable += bytes;
    } else {
      for (const char byte : bytes) {
        absl::StrAppendFormat(&printable, "\\x%02X", static_cast<unsigned char>(byte));
      }
    }
    text.remove_prefix(bytes.size());
  }
  return printable;
}

}  // namespace bytepiece
