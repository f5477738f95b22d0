// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/byte_alphabet.h"

#include <set>
#include <string>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("bytes are written as GPT-2 writes them") {
  CHECK(InByteAlphabet("").empty());
  CHECK(InByteAlphabet(" the\n") == "\u0120the\u010A");
  CHECK(InByteAlphabet({"\0!~\x7F", 4}) == "\u0100!~\u0121");
  CHECK(InByteAlphabet("\xA0\xA1\xAC\xAD\xAE\xFF") == "\u0142\u00A1\u00AC\u0143\u00AE\u00FF");
}

TEST_CASE("each byte has a printable character of its own") {
  std::set<std::string> characters;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string character = InByteAlphabet(std::string(1, static_cast<char>(byte)));
    const Utf8Char decoded = DecodeUtf8Char(character);
    CHECK(decoded.valid);
    CHECK(static_cast<std::size_t>(decoded.length) == character.size());
    CHECK(decoded.code_point > 0x20);
    CHECK(!(decoded.code_point >= 0x7F && decoded.code_point <= 0xA0));
    characters.insert(character);
  }
  CHECK(characters.size() == 256);
}

}  // namespace
}  // namespace bytepiece
