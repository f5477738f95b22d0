// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/whole_rows.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/whole_unigram.h"

namespace bytepiece {
namespace {

constexpr double kNoPiece = WholeRows::kNoPiece * WholeRows::kUnit;

double ScoreOf(const WholeRows& rows, WholeRows::Entry entry, std::size_t length) {
  return rows.scores()[WholeRows::FirstOf(entry) + WholeRows::PlaceOf(length)] * WholeRows::kUnit;
}

TEST_CASE("whole rows: what the scanner's sets say, of every state") {
  const std::uint64_t seed = 1969;
  CAPTURE(seed);
  RandomText random(seed);
  for (const std::size_t longest : {8, 16, 17, 255}) {
    CAPTURE(longest);
    std::vector<ScoredPiece> pieces = LongPieces(longest, &random);
    pieces.push_back({"\xE4\xB8\xAD", 0});
    pieces.push_back({"\xE4\xB8\xAD\xE6\x96\x87", 0});
    const WholeUnigram model(WithWholeScores(std::move(pieces), -2047, &random));
    REQUIRE_FALSE(model.rows.empty());
    CHECK(model.rows.TablesFit(model.scanner.num_states(), model.scores.size(),
                               model.scanner.max_length()));
    CHECK_FALSE(model.rows.TablesFit(model.scanner.num_states() + 1, model.scores.size(),
                                     model.scanner.max_length()));
    CHECK_FALSE(model.rows.TablesFit(model.scanner.num_states(), model.scores.size() - 1,
                                     model.scanner.max_length()));
    std::vector<std::uint32_t> entries(model.scanner.num_states());
    std::iota(entries.begin(), entries.end(), 0);
    model.rows.FindEntries(absl::MakeSpan(entries));
    for (std::uint32_t state = 0; state < entries.size(); ++state) {
      const WholeRows::Entry entry = entries[state];
      const MatchSet set = model.scanner.SetOf(state);
      REQUIRE(model.rows.LongestOf(entry) == set.longest());
      REQUIRE((entry & WholeRows::kStride) == set.stride());
      REQUIRE(((entry & WholeRows::kHasFar) != 0) == (set.longest() > WholeRows::kRow));
      REQUIRE(((entry & WholeRows::kHasLong) != 0) == (set.longest() > WholeRows::kFar));
      std::size_t found = 0;
      set.ForEach([&](int length, double score, std::int32_t value) {
        REQUIRE(model.rows.ValueOf(entry, static_cast<std::size_t>(length)) == value);
        if (length > static_cast<int>(WholeRows::kFar)) return;
        ++found;
        REQUIRE(ScoreOf(model.rows, entry, static_cast<std::size_t>(length)) == score);
      });
      const std::size_t size =
          (entry & WholeRows::kHasFar) != 0 ? WholeRows::kFar : WholeRows::kRow;
      for (std::size_t length = 1; length <= size; ++length) {
        found -= ScoreOf(model.rows, entry, length) != kNoPiece ? 1 : 0;
      }
      REQUIRE(found == 0);
    }
  }
}

TEST_CASE("whole rows: values of one length that 16 bits do not tell apart") {
  std::vector<ScoredPiece> pieces;
  for (int i = 0; i < 41 * 41 * 41; ++i) {
    pieces.push_back({{static_cast<char>('0' + i / 1681), static_cast<char>('0' + i / 41 % 41),
                       static_cast<char>('0' + i % 41)},
                      -1.0});
  }
  const WholeUnigram model(WithAllBytes(std::move(pieces)));
  REQUIRE_FALSE(model.rows.empty());
  CHECK(model.rows.TablesFit(model.scanner.num_states(), model.scores.size(),
                             model.scanner.max_length()));
  std::int32_t largest = 0;
  for (std::uint32_t state = 0; state < model.scanner.num_states(); ++state) {
    std::uint32_t entry = state;
    model.rows.FindEntries({&entry, 1});
    model.scanner.SetOf(state).ForEach([&](int length, double, std::int32_t value) {
      REQUIRE(model.rows.ValueOf(entry, static_cast<std::size_t>(length)) == value);
      largest = std::max(largest, value);
    });
  }
  CHECK(largest > 65536 + 256);
}

TEST_CASE("whole rows: none where a score is no whole number in the range") {
  for (const double score : {-0.3, 1.0 / 64, -32.0, 1.0, -1.0 / 128}) {
    CAPTURE(score);
    CHECK(WholeUnigram(WithAllBytes({{"ab", score}})).rows.empty());
  }
  std::vector<ScoredPiece> pieces = WithAllBytes({{"ab", 0}});
  for (ScoredPiece& piece : pieces) piece.score = -2047.0 / 64;
  const WholeUnigram lowest(pieces);
  CHECK_FALSE(lowest.rows.empty());
  CHECK(WholeRows().TablesFit(5, 5, 5));
  pieces.back().score = -2048.0 / 64;
  CHECK(WholeUnigram(pieces).rows.empty());
}

}  // namespace
}  // namespace bytepiece
