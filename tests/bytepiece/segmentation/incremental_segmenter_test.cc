// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/incremental_segmenter.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

// Segment, chunk by chunk.
std::vector<std::int32_t> WholeSegmentation(const UnigramView& model, std::string_view text) {
  ViterbiScratch scratch;
  std::vector<std::int32_t> values;
  while (!text.empty()) {
    const std::string_view chunk = text.substr(0, NextChunk(text));
    AppendSegmentation(model, chunk, 0, &scratch, &values);
    text.remove_prefix(chunk.size());
  }
  return values;
}

// Feeds `text` in parts of 0..longest bytes.
std::vector<std::int32_t> SegmentInParts(const Segmenter& whole, std::string_view text,
                                         std::size_t longest, RandomText* random) {
  IncrementalSegmenter segmenter(&whole, 0);
  SegmenterScratch scratch;
  std::vector<std::int32_t> values;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, random->Below(longest + 1));
    text.remove_prefix(part.size());
    // The last part may be known to be it, or not.
    segmenter.Feed(part, text.empty() && random->Below(2) == 0, &scratch, &values);
  }
  segmenter.Finish(&values);
  REQUIRE(segmenter.pending() == 0);
  return values;
}

TEST_CASE("any parts give the ids of the whole, ties included") {
  const std::uint64_t seed = 314;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 600; ++i) {
    CAPTURE(i);
    const Unigram unigram = RandomUnigram("ab\n", 1 + random.Below(25), i % 2 == 0, &random);
    const std::string text = random.Over(i % 3 == 0 ? "ab" : "aabb\n", random.Below(120));
    CAPTURE(text);
    const std::vector<std::int32_t> expected = WholeSegmentation(unigram.view(), text);
    const Segmenter whole = unigram.MakeSegmenter();
    REQUIRE(whole.scanner().empty());
    for (const std::size_t longest : {1, 3, 40}) {
      REQUIRE(SegmentInParts(whole, text, longest, &random) == expected);
    }
  }
}

// All bytes are pieces, as the scanner needs.
TEST_CASE("any parts give the ids of the whole, by the fast kernel") {
  const std::uint64_t seed = 4219;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    std::vector<ScoredPiece> pieces =
        RandomUnigram("ab\n", 1 + random.Below(25), i % 2 == 0, &random).pieces();
    for (int byte = 0; byte < 256; ++byte) {
      const std::string text(1, static_cast<char>(byte));
      if (text != "a" && text != "b" && text != "\n") pieces.push_back({text, -20.0});
    }
    const Unigram unigram(std::move(pieces));
    const Segmenter whole = unigram.MakeSegmenter();
    REQUIRE_FALSE(whole.scanner().empty());
    const std::string text = random.Over(i % 3 == 0 ? "aab\n" : "aabb\nc", random.Below(500));
    CAPTURE(text);
    const std::vector<std::int32_t> expected = WholeSegmentation(unigram.view(), text);
    for (const std::size_t longest : {1, 3, 40, 600}) {
      REQUIRE(SegmentInParts(whole, text, longest, &random) == expected);
    }
  }
}

TEST_CASE("what is out is what every continuation begins with") {
  RandomText random(2718);
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    const Unigram unigram = RandomUnigram("ab", 1 + random.Below(8), i % 2 == 0, &random);
    std::vector<std::string> continuations = {""};
    for (std::size_t done = 0; continuations.size() < 255; ++done) {
      continuations.push_back(continuations[done] + 'a');
      continuations.push_back(continuations[done] + 'b');
    }
    const std::string text = random.Over("ab", 1 + random.Below(20));
    const Segmenter whole = unigram.MakeSegmenter();
    IncrementalSegmenter segmenter(&whole, 0);
    SegmenterScratch scratch;
    std::vector<std::int32_t> out;
    segmenter.Feed(text, /*is_last=*/false, &scratch, &out);
    for (const std::string& continuation : continuations) {
      CAPTURE(text, continuation);
      const std::vector<std::int32_t> all = WholeSegmentation(unigram.view(), text + continuation);
      REQUIRE(out.size() <= all.size());
      REQUIRE(std::equal(out.begin(), out.end(), all.begin()));
    }
  }
}

TEST_CASE("a piece is out when the byte that settles it is in") {
  const Unigram unigram({{"a", -1}, {"b", -1}, {"ab", -1}});
  const Segmenter whole = unigram.MakeSegmenter();
  IncrementalSegmenter segmenter(&whole, 0);
  SegmenterScratch scratch;
  std::vector<std::int32_t> out;
  segmenter.Feed("ab", /*is_last=*/false, &scratch, &out);
  CHECK(out.empty());
  CHECK(segmenter.pending() == 2);
  segmenter.Feed("b", /*is_last=*/false, &scratch, &out);
  CHECK(out == std::vector<std::int32_t>{2});
  CHECK(segmenter.pending() == 1);
}

TEST_CASE("on a line without end, what is pending stays small") {
  const std::uint64_t seed = 11;
  RandomText random(seed);
  const Unigram unigram = RandomUnigram("abcd", 60, false, &random);
  const std::string text = random.Over("abcd", 300000);
  const Segmenter whole = unigram.MakeSegmenter();
  IncrementalSegmenter segmenter(&whole, 0);
  SegmenterScratch scratch;
  std::vector<std::int32_t> out;
  std::size_t most = 0;
  for (const char& byte : text) {
    segmenter.Feed(std::string_view(&byte, 1), /*is_last=*/false, &scratch, &out);
    most = std::max(most, segmenter.pending());
  }
  CHECK(most < 300);
  segmenter.Finish(&out);
  CHECK(out == WholeSegmentation(unigram.view(), text));
}

TEST_CASE("paths that never meet are kept until the chunk ends") {
  const Unigram unigram({{"a", -1}, {"aa", -1.5}, {"\n", -1}});
  const Segmenter whole = unigram.MakeSegmenter();
  IncrementalSegmenter segmenter(&whole, 0);
  SegmenterScratch scratch;
  std::vector<std::int32_t> out;
  const std::string text(10001, 'a');
  segmenter.Feed(text, /*is_last=*/false, &scratch, &out);
  CHECK(out.empty());
  CHECK(segmenter.pending() == text.size());
  segmenter.Feed("\n", /*is_last=*/false, &scratch, &out);
  segmenter.Feed("\n", /*is_last=*/false, &scratch, &out);
  segmenter.Feed("a", /*is_last=*/false, &scratch, &out);
  CHECK(out == WholeSegmentation(unigram.view(), text + "\n\n"));
  CHECK(segmenter.pending() == 1);
}

}  // namespace
}  // namespace bytepiece
