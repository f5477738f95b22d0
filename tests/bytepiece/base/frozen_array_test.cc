// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/frozen_array.h"

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

LargeVector<std::uint32_t> Numbers(std::size_t n) {
  LargeVector<std::uint32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

bool AreNumbers(const FrozenArray<std::uint32_t>& array, std::size_t n) {
  if (array.size() != n) return false;
  for (std::size_t i = 0; i < n; ++i) {
    if (array[i] != i || array.data()[i] != i || array.span()[i] != i) return false;
  }
  return true;
}

TEST_CASE("owned elements move along, whatever their number") {
  for (const std::size_t n : {0u, 1u, 1000u, 1000000u}) {
    FrozenArray array(Numbers(n));
    CHECK(array.empty() == (n == 0));
    FrozenArray moved = std::move(array);
    CHECK(array.empty());  // NOLINT: what the header promises of a moved one
    FrozenArray<std::uint32_t> assigned(Numbers(3));
    assigned = std::move(moved);
    CHECK(AreNumbers(assigned, n));
  }
}

TEST_CASE("a view shows the elements themselves") {
  std::vector<std::uint32_t> elements = {0, 1, 2};
  auto view = FrozenArray<std::uint32_t>::View(elements);
  CHECK(view.data() == elements.data());
  CHECK(AreNumbers(std::move(view), 3));
}

TEST_CASE("thawed elements are the array's own, or a copy of a view's") {
  FrozenArray owner(Numbers(10));
  const std::uint32_t* const place = owner.data();
  LargeVector<std::uint32_t> thawed = owner.Thaw();
  CHECK(thawed.data() == place);
  CHECK(owner.empty());

  std::vector<std::uint32_t> elements = {0, 1, 2};
  auto view = FrozenArray<std::uint32_t>::View(elements);
  thawed = view.Thaw();
  thawed[0] = 9;
  CHECK(elements[0] == 0);
  CHECK(view.empty());
}

}  // namespace
}  // namespace bytepiece
