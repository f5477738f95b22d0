// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/byte_alphabet.h"

#include <array>
#include <cstddef>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

// Of Latin-1, without the soft hyphen, which is not seen.
bool IsPrintable(unsigned byte) {
  return (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
}

std::array<std::string, 256> MakeAlphabet() {
  std::array<std::string, 256> alphabet;
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < alphabet.size(); ++byte) {
    AppendUtf8(IsPrintable(byte) ? byte : next++, &alphabet[byte]);
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
