// SPDX-License-Identifier: Apache-2.0
// A byte n-gram as an integer that sorts like the n-gram.
//
// The bytes stand left-aligned, first byte on top, zeros after the last; the
// lowest byte is the length. So the order of keys is the order of (bytes padded
// with zeros, length), and all n-grams with a common prefix are neighbours.
// With 64-bit keys n <= 7; a wider unsigned type gives longer n-grams.
//
// Example: "ab" is 0x6162'0000'0000'0002; it sorts after "a" and "a\0", before
// "ab\0" and "abc".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bytepiece {

template <typename Key>
struct NgramKey {
  static constexpr int kBits = 8 * static_cast<int>(sizeof(Key));
  static constexpr int kMaxLength = static_cast<int>(sizeof(Key)) - 1;

  static int Length(Key key) { return static_cast<int>(key & 0xFF); }

  // The byte at `index`, which must be below Length(key).
  static std::uint8_t Byte(Key key, int index) {
    return static_cast<std::uint8_t>(key >> (kBits - 8 - 8 * index));
  }

  // The first `length` bytes, which the n-gram must have; length >= 1.
  static Key Prefix(Key key, int length) {
    return (key & (~Key{0} << (kBits - 8 * length))) | static_cast<Key>(length);
  }

  // Number of bytes in which the two n-grams agree from the start.
  static int CommonPrefix(Key a, Key b) {
    const int limit = std::min(Length(a), Length(b));
    int n = 0;
    while (n < limit && Byte(a, n) == Byte(b, n)) ++n;
    return n;
  }

  // Calls emit(key, length) with the n-gram that starts at each byte of
  // `chunk`, from the last byte to the first; the last order - 1 of them are
  // cut off by the chunk's end. 1 <= order <= kMaxLength.
  template <typename Emit>
  static void ForEachWindow(std::string_view chunk, int order, Emit emit) {
    const Key window_bytes = ~Key{0} << (kBits - 8 * order);
    Key window = 0;
    for (std::size_t i = chunk.size(); i-- > 0;) {
      window = ((window >> 8) & window_bytes) |
               (Key{static_cast<std::uint8_t>(chunk[i])} << (kBits - 8));
      const int length = static_cast<int>(
          std::min<std::size_t>(chunk.size() - i, static_cast<std::size_t>(order)));
      emit(static_cast<Key>(window | static_cast<Key>(length)), length);
    }
  }
};

// An entry of a sorted stream of counts.
template <typename Key>
struct KeyCount {
  Key key;
  std::int64_t count;
};

}  // namespace bytepiece
