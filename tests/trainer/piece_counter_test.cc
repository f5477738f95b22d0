// SPDX-License-Identifier: Apache-2.0
#include "trainer/piece_counter.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("counters merge to the counts of all, in byte order") {
  for (const int counters : {1, 2, 3, 5}) {
    std::mt19937 random(counters);
    std::map<std::string, std::int64_t> expected;
    std::vector<std::vector<Piece>> sorted;
    for (int c = 0; c < counters; ++c) {
      PieceCounter counter;
      for (int i = 0; i < 5000; ++i) {
        std::string piece(1 + random() % 3, '\0');
        for (char& byte : piece) byte = static_cast<char>(random() % 7 * 37);
        counter.Add(piece);
        ++expected[piece];
      }
      const std::string long_piece(3 << 20, 'x');  // more than an arena block
      counter.Add(long_piece);
      ++expected[long_piece];
      sorted.push_back(counter.TakeSorted());
      CHECK(counter.TakeSorted().empty());
    }
    const std::vector<Piece> merged = MergePieceCounts(std::move(sorted));
    REQUIRE(merged.size() == expected.size());
    auto next = expected.begin();
    for (const Piece& piece : merged) {
      REQUIRE(piece.bytes == next->first);
      REQUIRE(piece.count == next->second);
      ++next;
    }
  }
  CHECK(MergePieceCounts({}).empty());
  CHECK(MergePieceCounts({{}, {}}).empty());
}

}  // namespace
}  // namespace bytepiece
