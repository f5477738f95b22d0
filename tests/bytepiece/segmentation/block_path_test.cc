// SPDX-License-Identifier: Apache-2.0
// Any segmentation, not only a best one, must come back as the ids of its pieces.
#include "bytepiece/segmentation/block_path.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::vector<std::string> Pieces(RandomText* random) {
  std::vector<std::string> pieces;
  for (int byte = 0; byte < 256; ++byte) pieces.emplace_back(1, static_cast<char>(byte));
  for (std::size_t length = 2; length < 40; ++length) {
    for (int i = 0; i < 3; ++i) {
      // Each is there once: the lengths are in the first byte.
      pieces.push_back(static_cast<char>(length * 3 + i) + random->Over("ab", length - 1));
    }
  }
  return pieces;
}

TEST_CASE("block path: the ids of a segmentation, chunks' ends given or not") {
  const std::uint64_t seed = 81201;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<std::string> pieces = Pieces(&random);
  const PieceScanner scanner =
      PieceScanner::Build(std::vector<std::string_view>(pieces.begin(), pieces.end()),
                          std::vector<double>(pieces.size(), -1.0));
  REQUIRE_FALSE(scanner.empty());
  BlockPath path;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    std::string text;
    std::vector<TokenId> expected = {-5};
    std::vector<std::size_t> ends;
    std::vector<std::size_t> expected_counts = {99};
    std::vector<std::uint8_t> last_length;
    const std::size_t count = random.Below(round % 3 == 0 ? 4 : 400);
    const std::uint64_t one_in = 1 + random.Below(50);
    const bool short_only = random.Below(3) == 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t value = random.Below(short_only ? 256 + 18 : pieces.size());
      text += pieces[value];
      expected.push_back(7 + static_cast<TokenId>(value));
      // What is not on the path may be anything.
      while (last_length.size() < text.size()) {
        last_length.push_back(static_cast<std::uint8_t>(1 + random.Below(255)));
      }
      last_length.back() = static_cast<std::uint8_t>(pieces[value].size());
      if (random.Below(one_in) == 0) {
        ends.push_back(text.size());
        expected_counts.push_back(100 + i + 1);
      }
    }
    if (ends.empty() || ends.back() != text.size() || random.Below(4) == 0) {
      ends.push_back(text.size());  // maybe twice: an empty string
      expected_counts.push_back(100 + count);
    }
    std::vector<PieceScanner::State> sets(text.size() + PieceScanner::kMaxLength);
    scanner.Scan(text, 0, text.size(), sets.data());
    scanner.FindSets(absl::MakeSpan(sets.data(), text.size()));
    path.Read(last_length.data(), ends);
    std::vector<TokenId> ids = {-5};
    path.AppendIds(scanner, sets.data(), 7, &ids);
    REQUIRE(ids == expected);
    std::vector<std::size_t> counts = {99};
    path.AppendCounts(ends, 100, &counts);
    REQUIRE(counts == expected_counts);
  }
}

// All positions of the path to `end`.
std::set<std::size_t> Path(const std::vector<std::uint8_t>& last_length, std::size_t end) {
  std::set<std::size_t> positions = {end};
  while (end > 0) positions.insert(end -= last_length[end - 1]);
  return positions;
}

TEST_CASE("block path: paths meet at the last position that all have in common") {
  const std::uint64_t seed = 60911;
  CAPTURE(seed);
  RandomText random(seed);
  int met = 0;
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const std::size_t reach = round % 5 == 0 ? 255 : 1 + random.Below(6);
    const std::size_t size = random.Below(round % 7 == 0 ? 600 : 40);
    const bool has_gaps = random.Below(2) == 0;
    // A path comes from where one ends; some positions none reaches.
    std::vector<std::uint8_t> last_length(size, 0);
    for (std::size_t end = 1; end <= size; ++end) {
      const std::size_t length = 1 + random.Below(std::min(reach, end));
      const bool reached = end == length || last_length[end - length - 1] != 0;
      if (reached && !(has_gaps && random.Below(3) == 0)) {
        last_length[end - 1] = static_cast<std::uint8_t>(length);
      }
    }
    std::set<std::size_t> common;
    bool is_first = true;
    for (std::size_t end = size - std::min(size, reach - 1); end <= size; ++end) {
      if (end > 0 && last_length[end - 1] == 0) continue;
      std::set<std::size_t> path = Path(last_length, end);
      if (!std::exchange(is_first, false)) {
        std::erase_if(path, [&](std::size_t p) { return !common.contains(p); });
      }
      common = std::move(path);
    }
    const std::size_t expected = common.empty() ? 0 : *common.rbegin();
    REQUIRE(MeetingPoint(last_length.data(), size, reach) == expected);
    met += expected > 0 ? 1 : 0;
  }
  REQUIRE(met > 200);
}

}  // namespace
}  // namespace bytepiece
