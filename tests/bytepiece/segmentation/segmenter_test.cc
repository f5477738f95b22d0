// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/segmenter.h"

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

TEST_CASE("segmenter: with much memory and with none, what each string alone gives") {
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
    absl::StatusOr<Segmenter> segmenter = Segmenter::CreateWithoutScores(pieces, memory);
    REQUIRE(segmenter.ok());
    SegmenterScratch scratch;
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
      segmenter->AppendEach(text, ends, 0, &scratch, &parts, &part_ends);
      REQUIRE(parts == expected);
      REQUIRE(part_ends == expected_ends);
    }
  }
}

TEST_CASE("segmenter: pieces that do not ascend are an error") {
  const std::vector<Piece> pieces = {{"b", 1}, {"a", 1}};
  CHECK_FALSE(Segmenter::CreateWithoutScores(pieces, 0).ok());
}

// A piece that no scanner takes.
ScoredPiece LongPiece() { return {std::string(PieceScanner::kMaxLength + 1, 'x'), -1e6}; }

TEST_CASE("segmenter: the same ids with a scanner, without one, and by several threads") {
  const std::uint64_t seed = 93;
  CAPTURE(seed);
  RandomText random(seed);
  for (const bool crosses : {false, true}) {
    std::vector<ScoredPiece> pieces = {{"ab", -2}, {"b\n\n", -2.5}, {"aab", -1.25}};
    if (crosses) pieces.push_back({"\na", -1});  // over the end of a chunk, so in no text
    pieces = WithAllBytes(std::move(pieces));
    const Segmenter fast = Unigram(pieces).MakeSegmenter();
    pieces.push_back(LongPiece());
    const Segmenter plain = Unigram(pieces).MakeSegmenter();
    REQUIRE_FALSE(fast.scanner().empty());
    REQUIRE(plain.scanner().empty());
    SegmenterScratch scratch;
    for (const std::size_t size : {0, 1, 100, 700000}) {
      const std::string text = random.Over("aaabb\n", size);
      CAPTURE(crosses, size);
      std::vector<TokenId> expected = {7};
      plain.AppendText(text, 3, 1, &scratch, &expected);
      for (const int threads : {1, 3}) {
        std::vector<TokenId> ids = {7};
        fast.AppendText(text, 3, threads, &scratch, &ids);
        REQUIRE(ids == expected);
      }
      std::vector<TokenId> each;
      std::vector<TokenId> plain_each;
      std::vector<std::size_t> ends;
      std::vector<std::size_t> plain_ends;
      fast.AppendEach(text, {size / 3, size}, 3, &scratch, &each, &ends);
      plain.AppendEach(text, {size / 3, size}, 3, &scratch, &plain_each, &plain_ends);
      REQUIRE(each == plain_each);
      REQUIRE(ends == plain_ends);
    }
  }
}

TEST_CASE("segmenter: moved, it still finds its pieces") {
  Segmenter made = Unigram(WithAllBytes({{"ab", -1}})).MakeSegmenter();
  const Segmenter segmenter = std::move(made);
  CHECK(segmenter.pieces()[0] == "ab");
  CHECK(segmenter.max_length() == 2);
  CHECK(segmenter.unigram().automaton->Find("ab") == 0);
}

}  // namespace
}  // namespace bytepiece
