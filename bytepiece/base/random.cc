// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/random.h"

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/base/random_avx512.h"

namespace bytepiece {
namespace {

// Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, section 3.3).
constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

// 27 bits of the first, 26 of the second.
double ToDouble(std::uint32_t first, std::uint32_t second) {
  const std::uint64_t high = first >> 5;
  return static_cast<double>(high << 26 | second >> 6) * 0x1p-53;
}

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
    : seed_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      key_(seed_),
      counter_{0, sample, static_cast<std::uint32_t>(document),
               static_cast<std::uint32_t>(document >> 32)} {}

std::uint32_t RandomStream::NextUint32() {
  if (left_ == 0) Refill();
  return block_[4 - left_--];
}

double RandomStream::NextDouble() {
  const std::uint32_t first = NextUint32();
  return ToDouble(first, NextUint32());
}

std::array<double, 2> RandomStream::DoublesOfBlock(std::uint64_t block) const {
  const std::array<std::uint32_t, 4> words =
      Philox4x32({static_cast<std::uint32_t>(block), counter_[1], counter_[2], counter_[3]},
                 {seed_[0] + kWeyl0 * static_cast<std::uint32_t>(block >> 32), seed_[1]});
  return {ToDouble(words[0], words[1]), ToDouble(words[2], words[3])};
}

double RandomStream::At(std::uint64_t place) const {
  place += origin_;
  return DoublesOfBlock(place / 2)[place % 2];
}

void RandomStream::Fill(std::uint64_t first, absl::Span<double> numbers) const {
  std::uint64_t place = origin_ + first;
  std::size_t i = 0;
  if (place % 2 == 1 && !numbers.empty()) {
    numbers[i++] = DoublesOfBlock(place / 2)[1];
    ++place;
  }
  const std::uint64_t block = place / 2;
  if (HasAvx512() && block >> 32 == (block + numbers.size()) >> 32) {
    i += 2 * FillAvx512({static_cast<std::uint32_t>(block), counter_[1], counter_[2], counter_[3]},
                        {seed_[0] + kWeyl0 * static_cast<std::uint32_t>(block >> 32), seed_[1]},
                        (numbers.size() - i) / 2, numbers.data() + i);
  }
  for (; i + 1 < numbers.size(); i += 2) {
    const std::array<double, 2> pair = DoublesOfBlock((origin_ + first + i) / 2);
    numbers[i] = pair[0];
    numbers[i + 1] = pair[1];
  }
  if (i < numbers.size()) numbers[i] = At(first + i);
}

void RandomStream::Refill() {
  block_ = Philox4x32(counter_, key_);
  left_ = 4;
  // A document of more than 2^33 draws goes on in the key's next Weyl step
  // rather than repeating itself.
  if (++counter_[0] == 0) key_[0] += kWeyl0;
}

}  // namespace bytepiece
