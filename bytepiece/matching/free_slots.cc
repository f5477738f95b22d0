// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/free_slots.h"

#include <bit>

namespace bytepiece {

// The members of `set`, each XOR `label`.
FreeSlots::Set FreeSlots::XorEach(const Set& set, std::uint8_t label) {
  // Those whose bit i is 0, of 64.
  constexpr std::uint64_t kWithout[] = {0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F,
                                        0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF, 0x00000000FFFFFFFF};
  Set result;
  for (std::size_t word = 0; word < set.size(); ++word) result[word] = set[word ^ label / 64];
  for (unsigned bit = 0; bit < 6; ++bit) {
    if ((label >> bit & 1) == 0) continue;
    const unsigned by = 1u << bit;
    for (std::uint64_t& word : result) {
      word = (word & kWithout[bit]) << by | (word >> by & kWithout[bit]);
    }
  }
  return result;
}

std::uint32_t FreeSlots::FindBase(std::size_t block, absl::Span<const std::uint8_t> labels) const {
  constexpr std::uint32_t kFew = 24;
  const Block& in = blocks_[block];
  if (in.num_free < labels.size()) return kNone;
  const std::uint32_t base = labels.size() == 1 || in.num_free <= kFew ? FindBaseInTurn(in, labels)
                                                                       : FindBaseAtOnce(in, labels);
  return base == kNone ? kNone : static_cast<std::uint32_t>(block * kBlockSize) + base;
}

// These two: bases within the block.
std::uint32_t FreeSlots::FindBaseInTurn(const Block& block, absl::Span<const std::uint8_t> labels) {
  for (std::size_t word = 0; word < block.units.size(); ++word) {
    for (std::uint64_t left = block.units[word]; left != 0; left &= left - 1) {
      const auto unit = static_cast<std::uint32_t>(word * 64) +
                        static_cast<std::uint32_t>(std::countr_zero(left));
      const std::uint32_t base = unit ^ labels[0];
      bool fits = Has(block.bases, base);
      for (std::size_t i = 1; fits && i < labels.size(); ++i) {
        fits = Has(block.units, base ^ labels[i]);
      }
      if (fits) return base;
    }
  }
  return kNone;
}

std::uint32_t FreeSlots::FindBaseAtOnce(const Block& block, absl::Span<const std::uint8_t> labels) {
  Set bases = block.bases;
  for (const std::uint8_t label : labels) {
    const Set allowed = XorEach(block.units, label);
    std::uint64_t left = 0;
    for (std::size_t word = 0; word < bases.size(); ++word) left |= bases[word] &= allowed[word];
    if (left == 0) return kNone;
  }
  std::size_t word = 0;
  while (bases[word] == 0) ++word;
  return static_cast<std::uint32_t>(word * 64) +
         static_cast<std::uint32_t>(std::countr_zero(bases[word]));
}

void FreeSlots::Take(std::uint32_t base, absl::Span<const std::uint8_t> labels) {
  Block& block = blocks_[base / kBlockSize];
  Remove(base, &block.bases);
  block.num_free -= static_cast<std::uint32_t>(labels.size());
  for (const std::uint8_t label : labels) Remove(base ^ label, &block.units);
}

}  // namespace bytepiece
