// SPDX-License-Identifier: Apache-2.0
// Against a search base by base, label by label.
#include "bytepiece/matching/free_slots.h"

#include <algorithm>
#include <set>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

class Naive {
 public:
  bool Serves(std::uint32_t base, const std::vector<std::uint8_t>& labels) const {
    return !bases_.contains(base) &&
           std::none_of(labels.begin(), labels.end(),
                        [&](std::uint8_t label) { return units_.contains(base ^ label); });
  }

  bool HasBase(std::size_t block, const std::vector<std::uint8_t>& labels) const {
    const auto begin = static_cast<std::uint32_t>(block * FreeSlots::kBlockSize);
    for (std::uint32_t base = begin; base < begin + FreeSlots::kBlockSize; ++base) {
      if (Serves(base, labels)) return true;
    }
    return false;
  }

  void Take(std::uint32_t base, const std::vector<std::uint8_t>& labels) {
    bases_.insert(base);
    for (const std::uint8_t label : labels) units_.insert(base ^ label);
  }

  const std::set<std::uint32_t>& units() const { return units_; }
  const std::set<std::uint32_t>& bases() const { return bases_; }

 private:
  std::set<std::uint32_t> units_;
  std::set<std::uint32_t> bases_;
};

std::vector<std::uint8_t> RandomLabels(std::size_t most, RandomText* random) {
  std::set<std::uint8_t> labels;
  for (std::size_t i = 1 + random->Below(most); i > 0; --i) {
    labels.insert(static_cast<std::uint8_t>(random->Below(256)));
  }
  return {labels.begin(), labels.end()};
}

TEST_CASE("free units: a base if a block has one, until it is full") {
  const std::uint64_t seed = 7731;
  CAPTURE(seed);
  RandomText random(seed);
  for (const std::size_t most : {1, 2, 5, 40, 256}) {
    CAPTURE(most);
    FreeSlots units;
    Naive naive;
    units.AddFullBlock();
    for (int i = 0; i < 3; ++i) units.AddBlock();
    REQUIRE(units.FindBase(0, RandomLabels(most, &random)) == FreeSlots::kNone);
    for (int round = 0; round < 600; ++round) {
      CAPTURE(round);
      const std::size_t block = 1 + random.Below(3);
      const std::vector<std::uint8_t> labels = RandomLabels(most, &random);
      const std::uint32_t base = units.FindBase(block, labels);
      REQUIRE((base != FreeSlots::kNone) == naive.HasBase(block, labels));
      if (base == FreeSlots::kNone) continue;
      REQUIRE(base / FreeSlots::kBlockSize == block);
      REQUIRE(naive.Serves(base, labels));
      units.Take(base, labels);
      naive.Take(base, labels);
    }
    for (std::uint32_t unit = FreeSlots::kBlockSize; unit < 4 * FreeSlots::kBlockSize; ++unit) {
      REQUIRE(units.IsFree(unit) == !naive.units().contains(unit));
      REQUIRE(units.IsFreeBase(unit) == !naive.bases().contains(unit));
    }
  }
}

}  // namespace
}  // namespace bytepiece
