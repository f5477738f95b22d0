// SPDX-License-Identifier: Apache-2.0
// Threads against one, through the public face.
#include "bytepiece/segmentation/parallel_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"
#include "tests/support/whole_unigram.h"

namespace bytepiece {
namespace {

TEST_CASE("long text: the same ids and offsets for any number of threads") {
  const std::uint64_t seed = 30881;
  CAPTURE(seed);
  RandomText random(seed);
  const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(MakeMixedModel());
  REQUIRE(tokenizer.ok());
  const std::string lines = random.Over("the of \n\xC3\xA9", 700000);
  const std::string line = random.Over("the of   .", 600000);
  // Lengths about the least that is cut, lines and long chunks in any order.
  for (const std::string& text :
       {std::string(), lines.substr(0, kLongText - 1), lines.substr(0, kLongText), lines, line,
        lines + line + "\n" + lines + line, line + "\n\n" + line + lines.substr(0, 1000)}) {
    CAPTURE(text.size());
    Worker worker = tokenizer->NewWorker();
    std::vector<TokenId> expected;
    std::vector<ByteSpan> expected_offsets;
    EncodeOptions options = {.add_bos = true, .add_eos = true};
    REQUIRE(worker.EncodeWithOffsets(text, options, &expected, &expected_offsets).ok());
    for (const int threads : {2, 5}) {
      CAPTURE(threads);
      options.threads = threads;
      std::vector<TokenId> ids;
      REQUIRE(worker.Encode(text, options, &ids).ok());
      REQUIRE(ids == expected);
      ids.clear();
      std::vector<ByteSpan> offsets;
      REQUIRE(worker.EncodeWithOffsets(text, options, &ids, &offsets).ok());
      REQUIRE(ids == expected);
      REQUIRE(std::equal(
          offsets.begin(), offsets.end(), expected_offsets.begin(), expected_offsets.end(),
          [](ByteSpan a, ByteSpan b) { return a.begin == b.begin && a.end == b.end; }));
    }
  }
}

TEST_CASE("long text: runs are the text, whole chunks, or parts that end at cuts") {
  const std::string line(3 * kRun + 5, 'x');
  const std::string text = "a\nbb\n" + line + "\n" + std::string(kRun, 'y') + "\nz";
  const CutChunk odd = [](std::string_view chunk, std::size_t begin) {
    return std::min(chunk.size(), begin | 1);
  };
  for (const bool cuts : {false, true}) {
    CAPTURE(cuts);
    std::string joined;
    for (const TextRun& run : CutIntoRuns(text, cuts ? odd : CutChunk())) {
      joined += run.text;
      const bool ends_a_chunk = joined.back() == '\n' || joined.size() == text.size();
      CHECK((ends_a_chunk || run.is_part));
      CHECK((cuts || !run.is_part));
      if (cuts) CHECK(run.text.size() <= kRun + 1);
    }
    CHECK(joined == text);
  }
  CHECK(CutIntoRuns("", odd).empty());
}

TEST_CASE("long text: whole-number scores, one line among threads") {
  const std::uint64_t seed = 4093;
  CAPTURE(seed);
  RandomText random(seed);
  const Unigram pieces(WithWholeScores(LongPieces(40, &random), -2047, &random));
  const Segmenter segmenter = pieces.MakeSegmenter();
  for (const std::string& text :
       {random.Over("aaabc ", 900000),
        random.Over("aaaaaab", 700000) + "\n" + random.Over("ab\n", 300000),
        std::string(800000, 'a')}) {
    SegmenterScratch scratch;
    std::vector<TokenId> expected;
    segmenter.AppendText(text, 3, 1, &scratch, &expected);
    for (const int threads : {2, 5}) {
      std::vector<TokenId> ids;
      segmenter.AppendText(text, 3, threads, &scratch, &ids);
      REQUIRE(ids == expected);
    }
  }
}

}  // namespace
}  // namespace bytepiece
