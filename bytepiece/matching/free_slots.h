// SPDX-License-Identifier: Apache-2.0
// Which units of a double array are free while states are placed in it: by blocks of
// 256, a child's unit being its state's base XOR its label, in the base's block.
//
// Where few units are free they are tried in turn. Else where all children of a state
// fit is found for the 256 bases of a block at once: of the set of free units each label gives the
// set of bases that it allows, its members XOR the label, and what is in all of these serves. On
// sets of bits that is a few swaps of neighbours.
//
// Example: units 0 and 3 free, labels 1 and 2: label 1 allows bases 1 and 2, label 2
// bases 2 and 1: both serve; base 1 puts the children at 0 and 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace bytepiece {

class FreeSlots {
 public:
  static constexpr std::uint32_t kBlockSize = 256;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  std::size_t num_blocks() const { return blocks_.size(); }
  void AddBlock() { blocks_.push_back({kAll, kAll, kBlockSize}); }
  // As AddBlock, but nothing of it is free.
  void AddFullBlock() { blocks_.push_back({Set{}, Set{}, 0}); }

  // A base in the block that no state has and whose units are free for all labels
  // (one at least, distinct); kNone if there is none.
  std::uint32_t FindBase(std::size_t block, absl::Span<const std::uint8_t> labels) const;

  // Takes what FindBase returned for these labels.
  void Take(std::uint32_t base, absl::Span<const std::uint8_t> labels);

  bool IsFree(std::uint32_t unit) const { return Has(blocks_[unit / kBlockSize].units, unit); }
  bool IsFreeBase(std::uint32_t base) const { return Has(blocks_[base / kBlockSize].bases, base); }

 private:
  using Set = std::array<std::uint64_t, kBlockSize / 64>;
  static constexpr Set kAll = {~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
                               ~std::uint64_t{0}};
  struct Block {
    Set units;
    Set bases;
    std::uint32_t num_free;  // units
  };

  static bool Has(const Set& set, std::uint32_t member) {
    return (set[member % kBlockSize / 64] >> member % 64 & 1) != 0;
  }
  static void Remove(std::uint32_t member, Set* set) {
    (*set)[member % kBlockSize / 64] &= ~(std::uint64_t{1} << member % 64);
  }
  static Set XorEach(const Set& set, std::uint8_t label);
  static std::uint32_t FindBaseInTurn(const Block& block, absl::Span<const std::uint8_t> labels);
  static std::uint32_t FindBaseAtOnce(const Block& block, absl::Span<const std::uint8_t> labels);

  std::vector<Block> blocks_;
};

}  // namespace bytepiece
