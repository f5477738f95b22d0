// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/keyed_sort.h"

#include <array>
#include <cstddef>
#include <utility>

namespace bytepiece {
namespace {

constexpr int kDigits = sizeof(std::uint64_t);

std::size_t Digit(std::uint64_t key, int digit) { return key >> (8 * digit) & 0xFF; }

}  // namespace

void SortByKey(std::vector<KeyedIndex>* entries) {
  std::array<std::array<std::size_t, 256>, kDigits> counts{};
  for (const KeyedIndex& entry : *entries) {
    for (int digit = 0; digit < kDigits; ++digit) ++counts[digit][Digit(entry.key, digit)];
  }
  std::vector<KeyedIndex> sorted(entries->size());
  for (int digit = 0; digit < kDigits; ++digit) {
    std::array<std::size_t, 256>& places = counts[digit];
    std::size_t before = 0;
    bool differ = true;
    for (std::size_t& place : places) {
      if (place == entries->size()) differ = false;
      before += std::exchange(place, before);
    }
    if (!differ) continue;
    for (const KeyedIndex& entry : *entries) sorted[places[Digit(entry.key, digit)]++] = entry;
    entries->swap(sorted);
  }
}

}  // namespace bytepiece
