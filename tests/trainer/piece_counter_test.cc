// SPDX-License-Identifier: Apache-2.0
#include "trainer/piece_counter.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "trainer/piece_run.h"

namespace bytepiece {
namespace {

TEST_CASE("counters merge to the counts of all, in byte order") {
  for (const int counters : {1, 2, 3, 5}) {
    std::mt19937 random(counters);
    std::map<std::string, std::int64_t> expected;
    std::vector<CountRun> runs;
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
      CHECK(counter.memory_bytes() > long_piece.size());
      runs.push_back(counter.TakeRun());
      CHECK(counter.TakeRun().empty());
      CHECK(counter.memory_bytes() == 0);
    }
    RunPointers pointers;
    for (const CountRun& run : runs) pointers.push_back(&run);
    auto next = expected.begin();
    const auto check = [&](const std::string& piece, std::int64_t count) {
      REQUIRE(next != expected.end());
      REQUIRE(piece == next->first);
      REQUIRE(count == next->second);
      ++next;
      return absl::OkStatus();
    };
    REQUIRE(MergePieces(pointers, check).ok());
    REQUIRE(next == expected.end());
  }
}

TEST_CASE("weights count, also when they change") {
  PieceCounter counter;
  counter.Add("a");
  counter.SetWeight(5);
  counter.Add("a");
  counter.Add("b");
  const CountRun run = counter.TakeRun();
  std::map<std::string, std::int64_t> counts;
  const auto take = [&](const std::string& piece, std::int64_t count) {
    counts[piece] = count;
    return absl::OkStatus();
  };
  REQUIRE(MergePieces({&run}, take).ok());
  CHECK(counts == std::map<std::string, std::int64_t>{{"a", 6}, {"b", 5}});
}

}  // namespace
}  // namespace bytepiece
