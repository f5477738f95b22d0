// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/checked_math.h"

#include <limits>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST_CASE("a sum is right up to the last number that fits, and false from there on") {
  std::int64_t sum = kMost - 5;
  REQUIRE(AddTo(5, &sum));
  CHECK(sum == kMost);
  CHECK(!AddTo(1, &sum));
  sum = kLeast + 1;
  REQUIRE(AddTo(-1, &sum));
  CHECK(!AddTo(-1, &sum));
}

TEST_CASE("a product is false where it, or what it is added to, does not fit") {
  std::int64_t sum = 7;
  REQUIRE(AddProduct(3'000'000'000, 3'000'000'000, &sum));
  CHECK(sum == 9'000'000'000'000'000'007);
  CHECK(!AddProduct(3'000'000'000, 3'000'000'000, &sum));
  sum = 0;
  CHECK(!AddProduct(std::int64_t{1} << 32, std::int64_t{1} << 31, &sum));
  sum = 0;
  REQUIRE(AddProduct(-(std::int64_t{1} << 32), std::int64_t{1} << 31, &sum));
  CHECK(sum == kLeast);
}

}  // namespace
}  // namespace bytepiece
