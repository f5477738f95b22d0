// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/piece_table.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

TEST_CASE("pieces are given back by index, copied, and sorted by bytes") {
  const std::uint64_t seed = 61;
  CAPTURE(seed);
  RandomText random(seed);
  std::set<std::string> distinct = {std::string(PieceTable::kCopySlack, 'x'),
                                    std::string(PieceTable::kCopySlack + 1, 'x'),
                                    std::string(1, '\0'), std::string(300, '\xFF')};
  // Many share their first eight bytes, by which most are sorted.
  for (int i = 0; i < 300; ++i) distinct.insert("01234567" + random.Over("a\xFF", 1 + i % 9));
  for (int i = 0; i < 300; ++i) distinct.insert(random.Bytes(1 + random.Below(20)));
  std::vector<std::string> strings(distinct.begin(), distinct.end());
  for (std::size_t i = strings.size(); i > 1; --i) {
    std::swap(strings[i - 1], strings[random.Below(i)]);
  }
  const PieceTable table(std::vector<std::string_view>(strings.begin(), strings.end()));
  REQUIRE(table.size() == strings.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    total += strings[i].size();
    REQUIRE(table[i] == strings[i]);
    std::string copy(strings[i].size() + PieceTable::kCopySlack, '?');
    REQUIRE(table.view().Copy(i, copy.data()) == strings[i].size());
    REQUIRE(copy.substr(0, strings[i].size()) == strings[i]);
  }
  CHECK(table.total_bytes() == total);
  CHECK(table.TablesFit(300));
  CHECK_FALSE(table.TablesFit(299));
  std::vector<std::int32_t> expected(strings.size());
  std::iota(expected.begin(), expected.end(), 0);
  std::sort(expected.begin(), expected.end(),
            [&](std::int32_t a, std::int32_t b) { return strings[a] < strings[b]; });
  CHECK(table.SortedIndices() == expected);
}

TEST_CASE("a table without pieces") {
  const PieceTable table;
  CHECK(table.size() == 0);
  CHECK(table.total_bytes() == 0);
  CHECK(table.SortedIndices().empty());
  CHECK_FALSE(table.TablesFit(10));
}

}  // namespace
}  // namespace bytepiece
