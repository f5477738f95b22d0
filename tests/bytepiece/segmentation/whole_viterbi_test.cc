// SPDX-License-Identifier: Apache-2.0
// The recursion in whole numbers, by every kernel that this processor has, against viterbi.h.
#include "bytepiece/segmentation/whole_viterbi.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/whole_unigram.h"

namespace bytepiece {
namespace {

class Engines {
 public:
  explicit Engines(std::vector<ScoredPiece> pieces) : model_(std::move(pieces)) {
    REQUIRE_FALSE(model_.rows.empty());
  }

  // `text` as one chunk, cut into chunks, and as strings of many lengths.
  void Check(const std::string& text) {
    CAPTURE(text.size(), text.substr(0, 200));
    std::vector<TokenId> whole = {-5};
    AppendSegmentation(model_.unigram.view(), text, 3, &slow_scratch_, &whole);
    std::vector<TokenId> chunks = {-5};
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view chunk = rest.substr(0, NextChunk(rest));
      AppendSegmentation(model_.unigram.view(), chunk, 3, &slow_scratch_, &chunks);
      rest.remove_prefix(chunk.size());
    }
    std::vector<std::size_t> ends = {0};
    std::vector<TokenId> each = {-5};
    std::vector<std::size_t> each_ends = {1};
    for (std::size_t size = 0; ends.back() < text.size(); size = size * 3 / 2 + 1) {
      const std::size_t begin = ends.back();
      ends.push_back(std::min(text.size(), begin + size));
      AppendSegmentation(model_.unigram.view(), text.substr(begin, ends.back() - begin), 3,
                         &slow_scratch_, &each);
      each_ends.push_back(each.size());
    }
    for (const Kernel kernel : KernelsHere()) {
      CAPTURE(static_cast<int>(kernel));
      const WholeEngine engine = {&model_.scanner, &model_.rows, kernel};
      std::vector<TokenId> found = {-5};
      AppendSegmentation(engine, text, 3, &scratch_, &found);
      REQUIRE(found == whole);
      found.assign({-5});
      AppendSegmentations(engine, text, 3, &scratch_, &found);
      REQUIRE(found == chunks);
      found.assign({-5});
      std::vector<std::size_t> found_ends;
      AppendSegmentationsOfEach(engine, text, ends, 3, &scratch_, &found, &found_ends);
      REQUIRE(found == each);
      REQUIRE(found_ends == each_ends);
    }
  }

  const WholeUnigram& model() const { return model_; }

 private:
  WholeUnigram model_;
  ViterbiScratch slow_scratch_;
  WholeViterbiScratch scratch_;
};

void CheckAllTexts(Engines* engines, const std::string& alphabet, std::size_t max_length,
                   const std::string& begun = "") {
  engines->Check(begun);
  if (begun.size() == max_length) return;
  for (const char c : alphabet) CheckAllTexts(engines, alphabet, max_length, begun + c);
}

TEST_CASE("whole: every short text over a tiny alphabet") {
  const std::uint64_t seed = 4471;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 12; ++i) {
    CAPTURE(i);
    const int least = i % 3 == 0 ? -3 : i % 3 == 1 ? -100 : WholeRows::kLeastScore;
    Engines engines(WithWholeScores(WithAllBytes(RandomUnigram("ab\n", 40, true, &random).pieces()),
                                    least, &random));
    CheckAllTexts(&engines, "ab\n", 6);
  }
}

TEST_CASE("whole: pieces of all lengths, with the widest scores and with ties") {
  const std::uint64_t seed = 90210;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    const std::size_t longest = i % 3 == 0 ? 12 : i % 3 == 1 ? 40 : PieceScanner::kMaxLength;
    std::vector<ScoredPiece> pieces = LongPieces(longest, &random);
    pieces = i % 2 == 0 ? WithWholeScores(std::move(pieces), i % 4 == 0 ? -2 : -2047, &random)
                        : WithExtremeScores(std::move(pieces), &random);
    Engines engines(std::move(pieces));
    for (const std::size_t size : {1, 9, 300, 3000}) {
      engines.Check(random.Over("ab", size));
      engines.Check(random.Over("aaaaaaaaaaaaaaaaaaaaab", size));
    }
    engines.Check(engines.model().RandomPieces(3000, &random));
  }
}

TEST_CASE("whole: pieces of any bytes, chunks beyond a block, stretches without a gap") {
  const std::uint64_t seed = 7311;
  CAPTURE(seed);
  RandomText random(seed);
  Engines engines(WithWholeScores(WithAllBytes(PiecesOfAnyBytes(&random)), -700, &random));
  engines.Check(engines.model().RandomPieces(60000, &random));
  engines.Check(random.Over("ab\n", 40000));
  Engines letters(
      WithWholeScores(WithAllBytes({{"aa", 0}, {"aaa", 0}, {"aaaaaaaaaaa", 0}}), -9, &random));
  std::string text(50000, 'a');
  letters.Check(text.append("b\n").append(20000, 'a'));
  letters.Check(random.Over("aaaaaaaaaaaaaaaaaaab", 50000));
}

}  // namespace
}  // namespace bytepiece
