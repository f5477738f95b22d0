// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/gaps.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/whole_unigram.h"

namespace bytepiece {
namespace {

// Position by position and piece by piece.
std::vector<bool> Gaps(const std::vector<ScoredPiece>& pieces, const std::string& text) {
  std::vector<bool> gaps(text.size(), true);
  for (const ScoredPiece& piece : pieces) {
    for (std::size_t at = text.find(piece.bytes); at != text.npos;
         at = text.find(piece.bytes, at + 1)) {
      for (std::size_t i = at + 1; i < at + piece.bytes.size(); ++i) gaps[i] = false;
    }
  }
  return gaps;
}

TEST_CASE("gaps: the first and the last of any stretch, as the definition has them") {
  const std::uint64_t seed = 660;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 12; ++i) {
    CAPTURE(i);
    const std::size_t longest = i % 2 == 0 ? 9 : 60;
    const WholeUnigram model(WithWholeScores(LongPieces(longest, &random), -5, &random));
    const std::size_t max_length = model.scanner.max_length();
    const std::string text = random.Over("abc", 2500) + std::string(1500, 'a') + "c";
    const std::vector<bool> gaps = Gaps(model.unigram.pieces(), text);
    std::vector<WholeRows::Entry> entries(text.size() + PieceScanner::kMaxLength);
    model.scanner.Scan(text, 0, text.size(), entries.data());
    model.rows.FindEntries(absl::MakeSpan(entries.data(), text.size()));
    std::vector<WholeRows::Entry> scratch;
    for (int j = 0; j < 60; ++j) {
      const std::size_t begin = 1 + random.Below(text.size() - 1);
      const std::size_t end = begin + random.Below(text.size() - begin + 1);
      CAPTURE(begin, end);
      const auto first = std::find(gaps.begin() + begin, gaps.begin() + end, true);
      REQUIRE(FirstGap(model.scanner, model.rows, text, begin, end, &scratch) ==
              static_cast<std::size_t>(first - gaps.begin()));
      // What can be told from `begin` on is what starts a piece's length later.
      const std::size_t from = std::min(end, begin + max_length - 1);
      std::size_t last = end;
      while (last > from && !gaps[last - 1]) --last;
      REQUIRE(LastGapOf(model.rows, entries.data(), begin, end, max_length) ==
              (last > from ? last - 1 : 0));
    }
  }
}

}  // namespace
}  // namespace bytepiece
