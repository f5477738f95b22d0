// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/piece_endings.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Over all segmentations, one by one; `but` is not to be used.
double BestOf(const Vocabulary& vocabulary, std::string_view bytes, TokenId but) {
  if (bytes.empty()) return 0;
  double best = -kInfinity;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const TokenId id = vocabulary.FindPiece(bytes.substr(0, size));
    if (id < 0 || id == but) continue;
    best = std::max(best, vocabulary.PieceScore(id) + BestOf(vocabulary, bytes.substr(size), but));
  }
  return best;
}

TEST_CASE("the rests of a piece are the best segmentations of its endings") {
  RandomText random(11);
  std::size_t lone = 0;
  for (int i = 0; i < 50; ++i) {
    std::vector<Piece> pieces;
    for (std::size_t n = 1 + random.Below(20); n > 0; --n) {
      const std::string bytes = random.Over("ab\n", 2 + random.Below(5));
      const auto same = [&](const Piece& piece) { return piece.bytes == bytes; };
      if (std::none_of(pieces.begin(), pieces.end(), same)) {
        pieces.push_back({bytes, static_cast<std::int64_t>(1 + random.Below(30))});
      }
    }
    const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(MakeModel(pieces));
    REQUIRE(vocabulary.ok());
    const PieceEndings rests(*vocabulary);
    for (TokenId id = kFirstPieceId; id < vocabulary->end_of_pieces(); ++id) {
      const std::string_view bytes = vocabulary->PieceBytes(id);
      CAPTURE(bytes);
      const absl::Span<const double> found = rests.Of(id);
      REQUIRE(found.size() == bytes.size() + 1);
      REQUIRE(found.back() == 0);
      for (std::size_t begin = 1; begin < bytes.size(); ++begin) {
        const double expected = BestOf(*vocabulary, bytes.substr(begin), -1);
        REQUIRE_THAT(found[begin], Catch::Matchers::WithinAbs(expected, 1e-12));
      }
      // A newline that is not at the end nor in a run that is ends a chunk.
      const std::size_t newline = bytes.find('\n');
      if (newline != std::string_view::npos &&
          bytes.find_first_not_of('\n', newline) != std::string_view::npos) {
        REQUIRE(found[0] == kInfinity);
      } else if (bytes.size() == 1) {
        REQUIRE(found[0] == -kInfinity);
      } else {
        REQUIRE_THAT(found[0], Catch::Matchers::WithinAbs(BestOf(*vocabulary, bytes, id), 1e-12));
        lone += found[0] < vocabulary->PieceScore(id);
      }
    }
  }
  REQUIRE(lone > 50);
}

}  // namespace
}  // namespace bytepiece
