// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/character_counts.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {
namespace {

CharacterCounts CountsOf(const std::vector<std::string>& documents, int threads = 1,
                         const TrainerSpec& spec = {}) {
  CountingOptions options;
  options.spec = &spec;
  options.threads = threads;
  options.budget = *DivideMemory(std::int64_t{1} << 30, threads);
  options.budget.batch_bytes = 1000;
  VectorSource source(documents);
  absl::StatusOr<CharacterCounts> counts = CharacterCounts::Create(&source, options);
  REQUIRE(counts.ok());
  return *std::move(counts);
}

TEST_CASE("characters are ranked by count, ties by bytes, those of one byte left out") {
  const CharacterCounts counts =
      CountsOf({"aaa\u00E9\u00E9", "\u00E9 \u6587\u4E2D", "\u4E2D\u6587\U0001F600", ""});
  const std::vector<Piece> expected = {
      {"\u00E9", 3}, {"\u4E2D", 2}, {"\u6587", 2}, {"\U0001F600", 1}};
  CHECK((counts.characters() == expected));
  CHECK(counts.RankOf("\u4E2D") == 1);
  CHECK(counts.RankOf("a") == -1);
  CHECK(counts.RankOf("\u4E2D\u6587") == -1);
}

TEST_CASE("a character longer than a piece may be is text to cover and no candidate") {
  TrainerSpec spec;
  spec.max_piece_length = 2;
  const CharacterCounts counts =
      CountsOf({"\u00E9\u4E2D\u4E2D\u4E2D\U0001F600", "\u00E9\u00E8"}, 1, spec);
  const std::vector<Piece> expected = {{"\u00E9", 2}, {"\u00E8", 1}};
  CHECK((counts.characters() == expected));
  CHECK(counts.RankOf("\u4E2D") == -1);
  CHECK(counts.NumCovering(2.0 / 7) == 1);
  CHECK(counts.NumCovering(1) == 2);
}

TEST_CASE("coverage counts characters of one byte as covered, and broken ones as none") {
  std::vector<std::string> documents(80, "a\xFF");
  for (int i = 0; i < 15; ++i) documents.push_back("\u00E9\xE4");
  for (int i = 0; i < 4; ++i) documents.push_back("\u4E2D");
  documents.push_back("\u6587\xF0\x9F");
  const CharacterCounts counts = CountsOf(documents);
  CHECK(counts.NumCovering(0) == 0);
  CHECK(counts.NumCovering(0.8) == 0);
  CHECK(counts.NumCovering(0.81) == 1);
  CHECK(counts.NumCovering(0.95) == 1);
  CHECK(counts.NumCovering(0.96) == 2);
  CHECK(counts.NumCovering(1) == 3);
}

TEST_CASE("characters are the same for any threads and order, and what the text says") {
  RandomText random(8);
  std::vector<std::string> documents;
  std::map<std::string, std::int64_t> naive;
  for (int i = 0; i < 50; ++i) {
    documents.push_back(random.MutatedUtf8(3000));
    CharacterCounts alone = CountsOf({documents.back()});
    for (const Piece& piece : alone.characters()) {
      CHECK(IsValidUtf8(piece.bytes));
      naive[piece.bytes] += piece.count;
    }
  }
  const CharacterCounts one = CountsOf(documents);
  CHECK(one.characters().size() == naive.size());
  for (const Piece& piece : one.characters()) CHECK(naive[piece.bytes] == piece.count);
  std::reverse(documents.begin(), documents.end());
  CHECK((CountsOf(documents, 3).characters() == one.characters()));
}

}  // namespace
}  // namespace bytepiece
