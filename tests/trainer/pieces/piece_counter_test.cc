// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_counter.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "trainer/counts/piece_run.h"

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

// Among them more pieces that share their first eight bytes than a block holds, and a run
// that lies in the last range alone.
TEST_CASE("ranges hold together what merging at once gives") {
  std::mt19937 random(1);
  std::vector<CountRun> runs;
  const std::string last_prefix(8, '\xFF');
  for (const std::string& prefix :
       {std::string(), "eight bytes and more: " + last_prefix, last_prefix}) {
    PieceCounter counter;
    for (int i = 0; i < 40'000; ++i) {
      std::string piece = prefix + std::string(1 + random() % 9, '\0');
      for (std::size_t k = prefix.size(); k < piece.size(); ++k) {
        piece[k] = static_cast<char>(random());
      }
      counter.Add(piece);
    }
    runs.push_back(counter.TakeRun());
    REQUIRE(runs.back().blocks().size() > 2);
  }
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  using Counted = std::vector<std::pair<std::string, std::int64_t>>;
  Counted expected;
  const auto into = [](Counted* to) {
    return [to](const std::string& piece, std::int64_t count) {
      to->emplace_back(piece, count);
      return absl::OkStatus();
    };
  };
  REQUIRE(MergePieces(pointers, into(&expected)).ok());
  for (const int ranges : {1, 2, 3, 7, 1000}) {
    INFO(ranges);
    const std::vector<PrefixRange> cut = CutPieces(pointers, ranges);
    CHECK(cut.size() <= static_cast<std::size_t>(ranges));
    CHECK(cut.size() >= std::min<std::size_t>(ranges, 3));
    Counted found;
    for (const PrefixRange& range : cut) {
      REQUIRE(MergePieces(pointers, into(&found), range).ok());
    }
    REQUIRE((found == expected));
  }
  CHECK(CutPieces({}, 5).size() == 1);
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
