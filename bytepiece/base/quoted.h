// SPDX-License-Identifier: Apache-2.0
// What somebody wrote, in a message.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace bytepiece {

// "text" with its quotes; the beginning alone where it is long. Cut between characters.
inline std::string Quoted(std::string_view text) {
  constexpr std::size_t kMostBytes = 60;
  std::size_t size = std::min(text.size(), kMostBytes);
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
  };
  while (size < text.size() && size > kMostBytes - 3 && continues(size)) --size;
  const std::string_view end = size < text.size() ? "...\"" : "\"";
  return std::string("\"").append(text.substr(0, size)).append(end);
}

}  // namespace bytepiece
