// SPDX-License-Identifier: Apache-2.0
// One chunk on several threads against viterbi.h.
#include "bytepiece/segmentation/parallel_chunk.h"

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

class Engines {
 public:
  explicit Engines(std::vector<ScoredPiece> pieces) : slow_(WithAllBytes(std::move(pieces))) {
    std::vector<std::string_view> keys;
    for (const ScoredPiece& piece : slow_.pieces()) {
      keys.push_back(piece.bytes);
      scores_.push_back(piece.score);
    }
    fast_ = PieceScanner::Build(keys, scores_);
    REQUIRE_FALSE(fast_.empty());
  }

  void Check(const std::string& text, int threads = 3) {
    CAPTURE(text.size(), text.substr(0, 200), threads);
    ViterbiScratch scratch;
    std::vector<TokenId> expected = {-5};
    AppendSegmentation(slow_.view(), text, 3, &scratch, &expected);
    for (const ViterbiKernel kernel : {ViterbiKernel::kPortable, ViterbiKernel::kAvx512}) {
      if (kernel == ViterbiKernel::kAvx512 && !HasAvx512()) continue;
      CAPTURE(static_cast<int>(kernel));
      std::vector<TokenId> found = {-5};
      AppendSegmentationOnThreads(fast_, scores_, text, 3, threads, &found, kernel);
      REQUIRE(found == expected);
    }
  }

 private:
  Unigram slow_;
  std::vector<double> scores_;
  PieceScanner fast_;
};

// Text over `alphabet` with a byte that no longer piece has every `every` bytes on average.
std::string WithCuts(const std::string& alphabet, std::size_t length, std::size_t every,
                     RandomText* random) {
  std::string text = random->Over(alphabet, length);
  for (std::size_t at = random->Below(2 * every); at < length; at += 1 + random->Below(2 * every)) {
    text[at] = '|';
  }
  return text;
}

TEST_CASE("long chunk: random pieces, with ties and without, cuts near and far") {
  const std::uint64_t seed = 40127;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 24; ++i) {
    CAPTURE(i);
    const std::string alphabet = i % 4 < 2 ? "ab" : "abc d\n";
    Engines engines(RandomUnigram(alphabet, 4 + random.Below(80), i % 2 == 0, &random).pieces());
    for (const std::size_t every : {3, 40, 700, 30000}) {
      for (const std::size_t length : {0, 1, 255, 256, 257, 1000, 16384, 17000, 300000}) {
        if (length < 100000 || i < 4) engines.Check(WithCuts(alphabet, length, every, &random));
      }
    }
  }
}

TEST_CASE("long chunk: any number of threads, no cut in several parts") {
  const std::uint64_t seed = 7741;
  CAPTURE(seed);
  RandomText random(seed);
  Engines engines({{"a", -1.0}, {"aa", -1.5}, {"b", -2.0}, {"ab", -2.5}, {"bab", -3.0}});
  const std::string letter(700000, 'a');
  const std::string words = WithCuts("ab", 600000, 50, &random);
  for (const int threads : {1, 2, 7}) {
    engines.Check(letter, threads);
    engines.Check(words + letter + words, threads);
    engines.Check(letter + words + letter.substr(0, 300000) + words.substr(0, 1000), threads);
  }
}

TEST_CASE("long chunk: pieces of up to 255 bytes") {
  const std::uint64_t seed = 99371;
  CAPTURE(seed);
  RandomText random(seed);
  std::vector<ScoredPiece> pieces;
  std::set<std::string> distinct = {std::string(255, 'a')};
  while (distinct.size() < 60) distinct.insert(random.Over("ab", 1 + random.Below(255)));
  for (const std::string& piece : distinct) {
    const double per_byte = 1 + 0.25 * static_cast<double>(random.Below(3));
    pieces.push_back({piece, -per_byte * static_cast<double>(piece.size())});
  }
  Engines engines(pieces);
  std::string text;
  while (text.size() < 600000) {
    text += pieces[random.Below(pieces.size())].bytes;
    if (random.Below(3) == 0) text += '|';
  }
  engines.Check(text);
}

// Where the sums are large, what rounding leaves of them decides between near candidates:
// from 0 another segmentation would be best.
TEST_CASE("long chunk: candidates nearer than the rounding of the sums") {
  const std::uint64_t seed = 55021;
  CAPTURE(seed);
  RandomText random(seed);
  for (const double large : {-1e3, -1e6, -1e9, -1e12}) {
    CAPTURE(large);
    std::vector<ScoredPiece> pieces = {{"|", -3.0}, {"!", large}};
    for (const char* piece : {"a", "b", "ab", "ba", "aa", "aba", "bb", "abb"}) {
      const auto length = static_cast<double>(std::string(piece).size());
      pieces.push_back(
          {piece, -length - static_cast<double>(random.Below(1000)) * 1e-15 * std::abs(large)});
    }
    Engines engines(pieces);
    for (int i = 0; i < 4; ++i) {
      std::string text = WithCuts("ab", 300000, 20, &random);
      for (int j = 0; j < 5; ++j) text[random.Below(text.size())] = '!';
      engines.Check(text);
    }
  }
}

TEST_CASE("long chunk: whole characters and parts of them") {
  const std::uint64_t seed = 15331;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<ScoredPiece> pieces = PiecesOfAnyBytes(&random);
  Engines engines(pieces);
  for (int i = 0; i < 5; ++i) {
    engines.Check(random.ValidUtf8(100000));
    engines.Check(random.MutatedUtf8(100000));
    engines.Check(random.Bytes(100000));
  }
}

}  // namespace
}  // namespace bytepiece
