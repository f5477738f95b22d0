// SPDX-License-Identifier: Apache-2.0
// Any segmentation, not only a best one, must come back as the ids of its pieces.
#include "bytepiece/block_path.h"

#include <string>
#include <string_view>
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

}  // namespace
}  // namespace bytepiece
