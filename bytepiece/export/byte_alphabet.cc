// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/byte_alphabet.h"

#include <array>
#include <cstddef>

namespace bytepiece {
namespace {

// Of Latin-1, without the soft hyphen, which is not seen.
bool IsPrintable(unsigned byte) {
  return (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
}

// All characters are below U+0800.
std::string Utf8(unsigned code_point) {
  if (code_point < 0x80) return std::string(1, static_cast<char>(code_point));
  return {static_cast<char>(0xC0 | (code_point >> 6)),
          static_cast<char>(0x80 | (code_point & 0x3F))};
}

std::array<std::string, 256> MakeAlphabet() {
  std::array<std::string, 256> alphabet;
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < alphabet.size(); ++byte) {
    alphabet[byte] = Utf8(IsPrintable(byte) ? byte : next++);
  }
  return alphabet;
}

}  // namespace

std::string InByteAlphabet(std::string_view bytes) {
  static const auto& alphabet = *new std::array<std::string, 256>(MakeAlphabet());
  std::string text;
  for (const char byte : bytes) text += alphabet[static_cast<unsigned char>(byte)];
  return text;
}

}  // namespace bytepiece
