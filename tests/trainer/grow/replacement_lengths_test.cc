// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/replacement_lengths.h"

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "bytepiece/segmentation/segmenter.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::vector<Piece> WithBytes(std::set<std::string> pieces) {
  for (int byte = 0; byte < 256; ++byte) pieces.insert(std::string(1, static_cast<char>(byte)));
  std::vector<Piece> all;
  for (const std::string& piece : pieces) all.push_back({piece, 1});
  return all;
}

std::int32_t At(const std::vector<Piece>& pieces, const std::vector<std::int32_t>& counts,
                const std::string& piece) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].bytes == piece) return counts[i];
  }
  return -1;
}

TEST_CASE("a piece's place is taken by the best others, those that may be used") {
  const std::vector<Piece> pieces = WithBytes({"of", " of", " the", " of the"});
  const absl::StatusOr<ReplacementLengths> replacements = ReplacementLengths::Create(pieces);
  REQUIRE(replacements.ok());
  std::vector<double> scores(pieces.size(), -1);
  std::vector<std::int32_t> counts = replacements->Count(scores, 1);
  CHECK(At(pieces, counts, " of the") == 2);
  CHECK(At(pieces, counts, " of") == 2);
  CHECK(At(pieces, counts, " the") == 4);
  CHECK(At(pieces, counts, "x") == 1);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].bytes == " of") scores[i] = -std::numeric_limits<double>::infinity();
  }
  counts = replacements->Count(scores, 1);
  CHECK(At(pieces, counts, " of the") == 3);
  CHECK(At(pieces, counts, " of") == 2);
}

TEST_CASE("as a vocabulary without the piece segments it, for any threads") {
  RandomText random(11);
  for (int round = 0; round < 20; ++round) {
    std::set<std::string> some;
    for (int i = 0; i < 60; ++i) {
      std::string piece;
      for (std::size_t length = 2 + random.Below(7); piece.size() < length;) {
        piece += static_cast<char>('a' + random.Below(3));
      }
      some.insert(piece);
    }
    const std::vector<Piece> pieces = WithBytes(some);
    std::vector<double> scores;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      scores.push_back(-std::log(2.0 + static_cast<double>(random.Below(1000))));
    }
    const absl::StatusOr<ReplacementLengths> replacements = ReplacementLengths::Create(pieces);
    REQUIRE(replacements.ok());
    const std::vector<std::int32_t> counts = replacements->Count(scores, 1);
    CHECK(replacements->Count(scores, 3) == counts);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].bytes.size() == 1) continue;
      std::vector<Piece> others = pieces;
      std::vector<double> their_scores = scores;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      their_scores.erase(their_scores.begin() + static_cast<std::ptrdiff_t>(i));
      absl::StatusOr<Segmenter> segmenter = Segmenter::CreateWithoutScores(others, 0);
      REQUIRE(segmenter.ok());
      segmenter->SetScores(their_scores);
      SegmenterScratch scratch;
      std::vector<std::int32_t> parts;
      std::vector<std::size_t> ends;
      segmenter->AppendEach(pieces[i].bytes, {pieces[i].bytes.size()}, 0, &scratch, &parts, &ends);
      CAPTURE(round, pieces[i].bytes);
      CHECK(counts[i] == static_cast<std::int32_t>(parts.size()));
    }
  }
}

}  // namespace
}  // namespace bytepiece
