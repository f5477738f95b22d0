// SPDX-License-Identifier: Apache-2.0
// A printable character for each byte, so that pieces of any bytes can stand in JSON: the alphabet
// that GPT-2 began with and HuggingFace calls ByteLevel. Printable bytes stand for themselves, the
// others in order for U+0100 and on: " the\n" is written "\u0120the\u010A".
#pragma once

#include <string>
#include <string_view>

namespace bytepiece {

// In UTF-8.
std::string InByteAlphabet(std::string_view bytes);

}  // namespace bytepiece
