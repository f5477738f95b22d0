// SPDX-License-Identifier: Apache-2.0
// Unsigned integers in 1 to 10 bytes, 7 bits a byte, lowest first; the top bit
// says that another byte follows (LEB128).
#pragma once

#include <cstdint>
#include <string>

namespace bytepiece {

// No more bytes than this are read past a varint's start, whatever they are.
inline constexpr int kMaxVarintSize = 10;

inline void AppendVarint(std::uint64_t value, std::string* bytes) {
  while (value >= 0x80) {
    bytes->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes->push_back(static_cast<char>(value));
}

// Moves *p past the varint. Reads at most kMaxVarintSize bytes.
inline std::uint64_t TakeVarint(const char** p) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 7 * kMaxVarintSize; shift += 7) {
    const auto byte = static_cast<unsigned char>(*(*p)++);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

}  // namespace bytepiece
