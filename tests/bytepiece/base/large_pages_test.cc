// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/large_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("memory of every size can be written and read") {
  constexpr std::size_t kPage = std::size_t{2} << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPage - 1, kPage, 3 * kPage + 5}) {
    LargeVector<std::uint8_t> bytes(size, 7);
    CHECK(std::count(bytes.begin(), bytes.end(), 7) == static_cast<std::ptrdiff_t>(size));
  }
}

TEST_CASE("a large table begins at a large page, a small one takes no more than it needs") {
  LargeVector<std::uint64_t> table(std::size_t{1} << 20);
  CHECK(reinterpret_cast<std::uintptr_t>(table.data()) % (std::size_t{2} << 20) == 0);
}

TEST_CASE("the part of a large page behind a table is not touched") {
  constexpr std::size_t kPage = std::size_t{2} << 20;
  LargeVector<std::uint8_t> bytes(kPage + 1, 7);
  // Of the second large page, which holds one byte, the last ordinary page.
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  unsigned char resident = 0;
  REQUIRE(mincore(bytes.data() + 2 * kPage - page, page, &resident) == 0);
  CHECK((resident & 1) == 0);
}

TEST_CASE("a size beyond all memory is refused") {
  LargePageAllocator<std::uint64_t> allocator;
  CHECK_THROWS_AS(allocator.allocate(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
}

}  // namespace
}  // namespace bytepiece
