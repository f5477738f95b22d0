// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/random.h"

namespace bytepiece {
namespace {

// Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, section 3.3).
constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

}  // namespace

std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t document, std::uint32_t sample)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, sample, static_cast<std::uint32_t>(document),
               static_cast<std::uint32_t>(document >> 32)} {}

std::uint32_t RandomStream::NextUint32() {
  if (left_ == 0) Refill();
  return block_[4 - left_--];
}

double RandomStream::NextDouble() {
  const std::uint64_t high = NextUint32() >> 5;  // 27 bits
  const std::uint64_t low = NextUint32() >> 6;   // 26 bits
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

void RandomStream::Refill() {
  block_ = Philox4x32(counter_, key_);
  left_ = 4;
  // A document of more than 2^33 draws goes on in the key's next Weyl step
  // rather than repeating itself.
  if (++counter_[0] == 0) key_[0] += kWeyl0;
}

}  // namespace bytepiece
