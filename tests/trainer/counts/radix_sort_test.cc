// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/radix_sort.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

template <typename Key>
void CheckSorts(std::vector<Key> keys) {
  std::vector<Key> expected = keys;
  std::sort(expected.begin(), expected.end());
  std::vector<Key> scratch(keys.size());
  RadixSort(keys.data(), scratch.data(), keys.size());
  REQUIRE((keys == expected));
}

// Sizes on both sides of the thresholds between the three ways of sorting, and
// keys that differ in all bytes, in few, in the top one or the lowest one alone.
TEMPLATE_TEST_CASE("radix sort agrees with std::sort", "", std::uint64_t, unsigned __int128) {
  std::mt19937_64 random(11);
  for (const std::size_t size : {0u, 1u, 2u, 95u, 96u, 97u, 5000u, 16384u, 16385u, 300000u}) {
    const std::vector<TestType> masks = {
        static_cast<TestType>(~TestType{0}), static_cast<TestType>(0xFF),
        static_cast<TestType>(TestType{0x0F00FF} << 24),
        static_cast<TestType>(TestType{3} << (8 * sizeof(TestType) - 8)), TestType{0}};
    for (const TestType mask : masks) {
      std::vector<TestType> keys(size);
      for (TestType& key : keys) {
        key = random();
        for (std::size_t i = 8; i < sizeof(TestType); i += 8) key = (key << 63 << 1) | random();
        key &= mask;
      }
      CheckSorts(keys);
    }
  }
}

}  // namespace
}  // namespace bytepiece
