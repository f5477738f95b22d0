// SPDX-License-Identifier: Apache-2.0
#include "corpus/line_cut.h"

#include <random>
#include <string>
#include <vector>

#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::vector<std::string> Chunks(const LineCutOptions& options, std::string_view text) {
  std::string buffer;
  std::string_view rest = Normalize(options.normalization, text, &buffer);
  std::vector<std::string> chunks;
  while (!rest.empty()) {
    const std::size_t size = TrainingSplitter(options.isolate_digits).NextChunk(rest);
    chunks.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return chunks;
}

// A line that begins with a run of some kind, then any characters.
std::string Line(std::size_t characters, std::mt19937_64* random) {
  const char* const some[] = {"a",  "b",  " ",  "7",  "é",    "e\u0301",  "\u0301",
                              "中", "가", "ᄀ", "ᅡ", "\xFF", "\xE4\xB8", "q\u0323\u0307"};
  std::string line;
  for (std::size_t i = 0; i < characters; ++i) line += some[(*random)() % std::size(some)];
  return line;
}

TEST_CASE("parts give the chunks of the whole line, whatever follows") {
  std::mt19937_64 random(7);
  for (const Normalization form : {Normalization::kNone, Normalization::kNfc}) {
    for (const bool isolate_digits : {false, true}) {
      const LineCutOptions options = {form, isolate_digits};
      for (int i = 0; i < 6; ++i) {
        const std::string line = Line(35'000, &random);
        const std::string whole = line + Line(100, &random) + "\n";
        const std::size_t cut = LastTrainingCut(options, line);
        REQUIRE(cut > 10'000);
        REQUIRE(cut < line.size());
        std::vector<std::string> parts = Chunks(options, whole.substr(0, cut));
        for (std::string& chunk : Chunks(options, whole.substr(cut))) {
          parts.push_back(std::move(chunk));
        }
        REQUIRE(parts == Chunks(options, whole));
      }
    }
  }
}

TEST_CASE("as late as can be known") {
  const LineCutOptions options;
  CHECK(LastTrainingCut(options, std::string(25'000, 'x')) == 20'000);
  CHECK(LastTrainingCut(options, std::string(20'000, 'x')) == 10'000);
  CHECK(LastTrainingCut(options, std::string(9'000, 'x')) == 0);
  CHECK(LastTrainingCut(options, "") == 0);
}

TEST_CASE("a run of marks that belongs together has no cut") {
  std::string marks = "e";
  for (int i = 0; i < 30'000; ++i) marks += "\u0301";
  CHECK(LastTrainingCut({}, marks) == 0);
}

}  // namespace
}  // namespace bytepiece
