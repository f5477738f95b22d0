// SPDX-License-Identifier: Apache-2.0
// Finds the characters about which NFC has anything to decide (nfc_ranges.h): marks,
// and what composes or decomposes. Nearly all text has none, or few.
//
// Decided by bytes, at all positions: UTF-8 shows where a character begins, so
// those that are not valid do no harm. Two bytes of a character name a block of 64
// code points, the third one of them; most blocks hold nothing, so a vector
// of 64 bytes needs a look at the blocks only.
//
// Example: of U+3002, the ideographic full stop, E3 80 82, the first two bytes are
// those of U+302A, a mark; the third tells them apart.
#pragma once

#include <cstddef>
#include <string_view>

namespace bytepiece {

// The first position from `from` on where such a character begins; text.size() if
// there is none.
std::size_t FindNfcSensitive(std::string_view text, std::size_t from);

// The same for any processor.
std::size_t FindNfcSensitivePortable(std::string_view text, std::size_t from);

// The same with 64 bytes at a time. Requires HasNfcVectors().
std::size_t FindNfcSensitiveVectors(std::string_view text, std::size_t from);
bool HasNfcVectors();

}  // namespace bytepiece
