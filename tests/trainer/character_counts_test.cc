// SPDX-License-Identifier: Apache-2.0
#include "trainer/character_counts.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

CharacterCounts CountsOf(const std::vector<Piece>& pieces, std::int64_t min_count = 1) {
  const PieceScan scan = [&pieces](const auto& take) {
    for (const Piece& piece : pieces) {
      if (absl::Status status = take(piece.bytes, piece.count); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
  absl::StatusOr<CharacterCounts> counts = CharacterCounts::FromPieces(scan, min_count);
  REQUIRE(counts.ok());
  return *std::move(counts);
}

TEST_CASE("characters are counted wherever they stand in pieces, ranked, ties by bytes") {
  const CharacterCounts counts =
      CountsOf({{"a", 50}, {"a\u00E9", 3}, {"\u00E9\u00E9", 2}, {"\u4E2D", 7}, {"\u6587!", 7}});
  const std::vector<Piece>& characters = counts.characters();
  REQUIRE(characters.size() == 3);
  CHECK(characters[0] == Piece{"\u00E9", 7});
  CHECK(characters[1] == Piece{"\u4E2D", 7});
  CHECK(characters[2] == Piece{"\u6587", 7});
  CHECK(counts.RankOf("\u4E2D") == 1);
  CHECK(counts.RankOf("a") == -1);
  CHECK(counts.RankOf("\u4E2D\u6587") == -1);
}

TEST_CASE("what is no character is none, and rare ones are only part of the sum") {
  const CharacterCounts counts = CountsOf({{"\xFF\xE4", 9}, {"\u00E9", 1}, {"\u4E2D", 3}}, 2);
  REQUIRE(counts.characters().size() == 1);
  CHECK(counts.characters()[0].bytes == "\u4E2D");
  CHECK(counts.NumCovering(0.75) == 1);
  CHECK(counts.NumCovering(1) == 1);  // all there are, though they cover less
}

TEST_CASE("coverage counts characters of one byte as covered") {
  const CharacterCounts counts =
      CountsOf({{"a", 80}, {"\u00E9", 15}, {"\u4E2D", 4}, {"\u6587", 1}});
  CHECK(counts.NumCovering(0) == 0);
  CHECK(counts.NumCovering(0.8) == 0);
  CHECK(counts.NumCovering(0.81) == 1);
  CHECK(counts.NumCovering(0.95) == 1);
  CHECK(counts.NumCovering(0.96) == 2);
  CHECK(counts.NumCovering(1) == 3);
}

TEST_CASE("the scan's error comes through") {
  const PieceScan fails = [](const auto&) { return absl::UnavailableError("gone"); };
  CHECK(CharacterCounts::FromPieces(fails, 1).status() == absl::UnavailableError("gone"));
}

}  // namespace
}  // namespace bytepiece
