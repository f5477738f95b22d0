// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/text/splitter.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> chunks;
  while (!text.empty()) {
    chunks.emplace_back(text.substr(0, NextChunk(text)));
    text.remove_prefix(chunks.back().size());
  }
  return chunks;
}

std::vector<std::string> SplitForTraining(std::string_view text, bool isolate_digits) {
  const TrainingSplitter splitter(isolate_digits);
  std::vector<std::string> chunks;
  while (!text.empty()) {
    chunks.emplace_back(text.substr(0, splitter.NextChunk(text)));
    text.remove_prefix(chunks.back().size());
  }
  return chunks;
}

std::string Repeat(const std::string& unit, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += unit;
  return out;
}

using Chunks = std::vector<std::string>;

TEST_CASE("runtime chunks end after newline runs of any length") {
  CHECK(Split("").empty());
  CHECK(Split("ab") == Chunks{"ab"});
  CHECK(Split("a\nb\n\n\nc") == Chunks{"a\n", "b\n\n\n", "c"});
  CHECK(Split("\n\na") == Chunks{"\n\n", "a"});
  CHECK(Split(Repeat("\n", 500)).size() == 1);
  CHECK(Split("a\r\n1") == Chunks{"a\r\n", "1"});
}

TEST_CASE("training chunks hold at most 10000 characters and 100 newlines") {
  const std::string exact = Repeat("中", 10000);
  CHECK(SplitForTraining(exact, false) == Chunks{exact});
  CHECK(SplitForTraining(exact + "\n", false) == Chunks{exact + "\n"});
  CHECK(SplitForTraining(exact + "中\n", false) == Chunks{exact, "中\n"});
  CHECK(SplitForTraining("a" + Repeat("\n", 250) + "b", false) ==
        Chunks{"a" + Repeat("\n", 100), Repeat("\n", 100), Repeat("\n", 50), "b"});
  // Each invalid byte counts as a character.
  CHECK(SplitForTraining(Repeat("\xE4", 10001), false) == Chunks{Repeat("\xE4", 10000), "\xE4"});
}

TEST_CASE("isolated digits are chunks of their own, in every script") {
  CHECK(SplitForTraining("ab12\n3", true) == Chunks{"ab", "1", "2", "\n", "3"});
  CHECK(SplitForTraining("ab12\n3", false) == Chunks{"ab12\n", "3"});
  CHECK(SplitForTraining("٣x", true) == Chunks{"٣", "x"});            // Arabic-Indic
  CHECK(SplitForTraining("a９\n", true) == Chunks{"a", "９", "\n"});  // fullwidth
  CHECK(SplitForTraining("x𝟡𝟘", true) == Chunks{"x", "𝟡", "𝟘"});      // mathematical
  CHECK(SplitForTraining("²½Ⅷ", true) == Chunks{"²½Ⅷ"});              // No and Nl, not Nd
  CHECK(SplitForTraining("/:", true) == Chunks{"/:"});                // neighbours of 0 and 9
}

TEST_CASE("the last end of a chunk within a limit") {
  RandomText random(12);
  for (int round = 0; round < 500; ++round) {
    const std::string text = random.Over("ab\n", 1 + random.Below(30));
    const std::size_t limit = 1 + random.Below(20);
    CAPTURE(text, limit);
    std::size_t expected = 0;
    for (std::size_t end = 0; end < text.size();) {
      end += NextChunk(std::string_view(text).substr(end));
      if (end <= limit) expected = end;
    }
    REQUIRE(LastChunkEnd(text, limit) == expected);
    REQUIRE(NextChunks(text, limit) == (expected > 0 ? expected : NextChunk(text)));
  }
}

TEST_CASE("safe slices are the text, of the size that was wanted, and end after newlines") {
  RandomText random(21);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random.Over("ab\n", random.Below(60));
    const std::size_t size = 1 + random.Below(20);
    CAPTURE(text, size);
    std::vector<std::string_view> slices = {"before"};
    AppendSafeSlices(text, size, &slices);
    std::string joined;
    for (std::size_t j = 1; j < slices.size(); ++j) {
      REQUIRE_FALSE(slices[j].empty());
      joined += slices[j];
      if (j + 1 == slices.size()) break;
      REQUIRE(slices[j].size() >= size);
      REQUIRE(slices[j].back() == '\n');
      REQUIRE(slices[j + 1].front() != '\n');
      // None of the cuts that come earlier was passed over.
      REQUIRE(NextSafeCut(slices[j], size) == slices[j].size());
    }
    REQUIRE(joined == text);
  }
}

}  // namespace
}  // namespace bytepiece
