// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_segmenter.h"

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/segmentation/viterbi.h"
#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

TEST_CASE("piece segmenter: with much memory and with none, what each string alone gives") {
  const std::uint64_t seed = 2207;
  CAPTURE(seed);
  RandomText random(seed);
  std::map<std::string, std::int64_t> counted;
  for (int byte = 0; byte < 256; ++byte) counted[std::string(1, static_cast<char>(byte))] = 1;
  for (int i = 0; i < 100; ++i) counted[random.Over("abc", 2 + random.Below(9))] = 1;
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counted) pieces.push_back({bytes, count});

  for (const std::int64_t memory : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    CAPTURE(memory);
    absl::StatusOr<PieceSegmenter> segmenter = PieceSegmenter::Create(pieces, memory);
    REQUIRE(segmenter.ok());
    PieceSegmenterScratch scratch;
    for (int round = 0; round < 5; ++round) {
      std::vector<ScoredPiece> scored;
      std::vector<double> scores;
      for (const Piece& piece : pieces) {
        const bool gone = piece.bytes.size() > 1 && random.Below(4) == 0;
        scores.push_back(gone ? -std::numeric_limits<double>::infinity()
                              : -1 - static_cast<double>(random.Below(900)) / 77);
        scored.push_back({piece.bytes, scores.back()});
      }
      segmenter->SetScores(scores);
      const Unigram naive(scored);
      std::string text;
      std::vector<std::size_t> ends;
      std::vector<std::int32_t> expected;
      std::vector<std::size_t> expected_ends;
      ViterbiScratch naive_scratch;
      for (int i = 0; i < 400; ++i) {
        const std::string string = random.Over("abcd", random.Below(30));
        ends.push_back(text.append(string).size());
        AppendSegmentation(naive.view(), string, 0, &naive_scratch, &expected);
        expected_ends.push_back(expected.size());
      }
      std::vector<std::int32_t> parts;
      std::vector<std::size_t> part_ends;
      segmenter->AppendEach(text, ends, &scratch, &parts, &part_ends);
      REQUIRE(parts == expected);
      REQUIRE(part_ends == expected_ends);
    }
  }
}

TEST_CASE("piece segmenter: pieces that do not ascend are an error") {
  CHECK_FALSE(PieceSegmenter::Create({{"b", 1}, {"a", 1}}, 0).ok());
}

}  // namespace
}  // namespace bytepiece
