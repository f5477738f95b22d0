// SPDX-License-Identifier: Apache-2.0
// 64-bit FNV-1a: finds damage by accident, and tells settings apart. No use against malice.
#pragma once

#include <cstdint>
#include <string_view>

namespace bytepiece {

inline constexpr std::uint64_t kFnv1aStart = 0xCBF29CE484222325;

// The digest of `bytes` after what gave `start`.
inline std::uint64_t Fnv1a(std::string_view bytes, std::uint64_t start = kFnv1aStart) {
  for (const char byte : bytes) {
    start = (start ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  }
  return start;
}

}  // namespace bytepiece
