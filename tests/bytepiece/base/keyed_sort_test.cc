// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/keyed_sort.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

TEST_CASE("radix sort: as a stable sort by comparison, whichever bytes of the keys differ") {
  const std::uint64_t seed = 5501;
  CAPTURE(seed);
  RandomText random(seed);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const std::uint64_t mask = round % 4 == 0 ? 0x7 : random.Below(std::size_t{1} << 63) * 2;
    std::vector<KeyedIndex> entries;
    for (std::size_t i = random.Below(round % 3 == 0 ? 3 : 1000); i > 0; --i) {
      const std::uint64_t key = random.Below(~std::size_t{0}) & mask;
      entries.push_back({key, static_cast<std::int32_t>(i)});
    }
    std::vector<KeyedIndex> expected = entries;
    std::stable_sort(expected.begin(), expected.end(),
                     [](const KeyedIndex& a, const KeyedIndex& b) { return a.key < b.key; });
    SortByKey(&entries);
    REQUIRE(entries.size() == expected.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      REQUIRE(entries[i].key == expected[i].key);
      REQUIRE(entries[i].index == expected[i].index);
    }
  }
}

TEST_CASE("radix sort: keys of numbers compare as the numbers do") {
  const double most = std::numeric_limits<double>::max();
  const double least = std::numeric_limits<double>::denorm_min();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> ascending = {-infinity, -most, -2.5,  -1.0, -least, -0.0,
                                         0.0,       least, 1e-12, 2.5,  most,   infinity};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    REQUIRE(OrderedKey(ascending[i - 1]) < OrderedKey(ascending[i]));
  }
}

}  // namespace
}  // namespace bytepiece
