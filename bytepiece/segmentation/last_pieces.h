// SPDX-License-Identifier: Apache-2.0
// What a recursion in whole numbers finds out about a block of text: the length of the last
// piece of the best path to each end.
//
// For each start there is a byte of bits: bit i says that the piece of i + 1 bytes from there
// became the best last one of its end. So an end's bits lie on a diagonal, and the nearest start
// has the last word. A piece of more than 8 bytes that is best takes the diagonal's bits away.
//
// Example: pieces a, b, ab. In "ab" the start 0 has the bits 0 (a is the best to 1) and 1 (ab to
// 2), and start 1 has bit 0 if b makes a still better path to 2.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace bytepiece {

class LastPieces {
 public:
  // For a block of up to `size` bytes. Bits and lengths are any.
  void Resize(std::size_t size) {
    if (long_lengths_.size() >= size + kSlack) return;
    better_.resize(kDiagonal + size);
    long_lengths_.resize(size + kSlack);
  }

  // For kernels: a byte of bits for each start, kDiagonal bytes of zeros before the first.
  static constexpr std::size_t kDiagonal = 8;
  static constexpr std::size_t kSlack = 16;
  std::uint8_t* better() { return better_.data() + kDiagonal; }
  // By end - 1, and kSlack bytes that may be written: the length of the best piece of more than 8
  // bytes. Of no meaning where no such piece is the best of all.
  std::uint8_t* long_lengths() { return long_lengths_.data(); }

  // The best last piece of `end` is the one of more than 8 bytes.
  static void TakeLong(std::uint8_t* better, std::size_t end) {
    const std::uint64_t bits = Load(better, end) & ~kBits;
    std::memcpy(better + end - kDiagonal, &bits, sizeof(bits));
  }

  // The length of the last piece of the best path to `end` > 0.
  std::size_t LengthOf(std::size_t end) const {
    const std::uint64_t bits = Load(better_.data() + kDiagonal, end) & kBits;
    const std::size_t of_long = long_lengths_[end - 1];
    const auto of_short = static_cast<std::size_t>(std::countl_zero(bits) / 8 + 1);
    return bits != 0 ? of_short : of_long;
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  // Byte j is that of the start end - 8 + j, whose piece to `end` has 8 - j bytes.
  static constexpr std::uint64_t kBits = 0x0102040810204080;

  static std::uint64_t Load(const std::uint8_t* better, std::size_t end) {
    std::uint64_t bits;
    std::memcpy(&bits, better + end - kDiagonal, sizeof(bits));
    return bits;
  }

  std::vector<std::uint8_t> better_;
  std::vector<std::uint8_t> long_lengths_;
};

}  // namespace bytepiece
