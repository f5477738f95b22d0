// SPDX-License-Identifier: Apache-2.0
// The fast kernels against viterbi.h: the same ids and, bit for bit, the same
// score.
#include "bytepiece/segmentation/fast_viterbi.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/segmentation/viterbi_kernel.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

std::vector<ViterbiKernel> Kernels() {
  std::vector<ViterbiKernel> kernels = {ViterbiKernel::kPortable};
  if (HasAvx512()) kernels.push_back(ViterbiKernel::kAvx512);
  return kernels;
}

// One model in the oracle's form and in the fast one.
class Engines {
 public:
  explicit Engines(std::vector<ScoredPiece> pieces) : slow_(WithAllBytes(std::move(pieces))) {
    std::vector<std::string_view> keys;
    std::vector<double> scores;
    for (const ScoredPiece& piece : slow_.pieces()) {
      keys.push_back(piece.bytes);
      scores.push_back(piece.score);
    }
    fast_ = PieceScanner::Build(keys, scores);
    REQUIRE_FALSE(fast_.empty());
  }

  // `text` as one chunk, and cut into chunks.
  void Check(const std::string& text) {
    CAPTURE(text.size(), text.substr(0, 200));
    expected_.assign({-5});
    const double score = AppendSegmentation(slow_.view(), text, 3, &slow_scratch_, &expected_);
    std::vector<TokenId> expected_chunks = {-5};
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view chunk = rest.substr(0, NextChunk(rest));
      AppendSegmentation(slow_.view(), chunk, 3, &slow_scratch_, &expected_chunks);
      rest.remove_prefix(chunk.size());
    }
    for (const ViterbiKernel kernel : Kernels()) {
      CAPTURE(static_cast<int>(kernel));
      found_.assign({-5});
      REQUIRE(AppendSegmentation(fast_, text, 3, &fast_scratch_, &found_, kernel) == score);
      REQUIRE(found_ == expected_);
      found_.assign({-5});
      AppendSegmentations(fast_, text, 3, &fast_scratch_, &found_, kernel);
      REQUIRE(found_ == expected_chunks);
    }
  }

  const std::vector<ScoredPiece>& pieces() const { return slow_.pieces(); }

 private:
  Unigram slow_;
  PieceScanner fast_;
  ViterbiScratch slow_scratch_;
  FastViterbiScratch fast_scratch_;
  std::vector<TokenId> expected_;
  std::vector<TokenId> found_;
};

std::string RandomPieces(const std::vector<ScoredPiece>& pieces, std::size_t length,
                         RandomText* random) {
  std::string text;
  while (text.size() < length) text += pieces[random->Below(pieces.size())].bytes;
  return text;
}

void CheckAllTexts(Engines* engines, const std::string& alphabet, std::size_t max_length,
                   const std::string& begun = "") {
  engines->Check(begun);
  if (begun.size() == max_length) return;
  for (const char c : alphabet) CheckAllTexts(engines, alphabet, max_length, begun + c);
}

// Each string alone by the plain kernel, all together by the fast ones.
void CheckEach(const UnigramView& model, const PieceScanner& scanner,
               const std::vector<std::string>& strings) {
  std::string text;
  std::vector<std::size_t> ends;
  std::vector<TokenId> expected = {-5};
  std::vector<std::size_t> expected_ends = {0};
  ViterbiScratch scratch;
  for (const std::string& string : strings) {
    ends.push_back(text.append(string).size());
    AppendSegmentation(model, string, 3, &scratch, &expected);
    expected_ends.push_back(expected.size());
  }
  FastViterbiScratch fast_scratch;
  for (const ViterbiKernel kernel : Kernels()) {
    CAPTURE(static_cast<int>(kernel), strings.size());
    std::vector<TokenId> found = {-5};
    std::vector<std::size_t> found_ends = {0};
    AppendSegmentationsOfEach(scanner, text, ends, 3, &fast_scratch, &found, &found_ends, kernel);
    REQUIRE(found == expected);
    REQUIRE(found_ends == expected_ends);
  }
}

TEST_CASE("fast: many strings at once, scores that change, pieces that are gone") {
  const std::uint64_t seed = 61303;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    const Unigram first(WithAllBytes(RandomUnigram("ab\n", 60, i % 2 == 0, &random).pieces()));
    std::vector<std::string_view> keys;
    std::vector<double> scores;
    for (const ScoredPiece& piece : first.pieces()) {
      keys.push_back(piece.bytes);
      scores.push_back(piece.score);
    }
    std::vector<std::string> strings = {
        "", "a", "\n\nab", random.Over("ab", 16384), random.Over("ab\n", 20000), ""};
    for (int j = 0; j < 3000; ++j) strings.push_back(random.Over("ab\n", random.Below(40)));
    PieceScanner scanner = PieceScanner::Build(keys, scores);
    CheckEach(first.view(), scanner, strings);
    CheckEach(first.view(), scanner, {});
    std::vector<ScoredPiece> changed = first.pieces();
    for (std::size_t j = 0; j < changed.size(); ++j) {
      changed[j].score -= static_cast<double>(random.Below(4));
      if (changed[j].bytes.size() > 1 && random.Below(3) == 0) changed[j].score = kUnreachedScore;
      scores[j] = changed[j].score;
    }
    scanner.SetScores(scores);
    CheckEach(Unigram(changed).view(), scanner, strings);
  }
}

TEST_CASE("fast: every short text over a tiny alphabet") {
  const std::uint64_t seed = 9768;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 12; ++i) {
    CAPTURE(i);
    Engines letters(RandomUnigram("ab", 6, i % 2 == 0, &random).pieces());
    CheckAllTexts(&letters, "ab", 8);
    Engines newlines(RandomUnigram("a\n\xFF", 8, i % 2 == 0, &random).pieces());
    CheckAllTexts(&newlines, "a\n\xFF", 5);
  }
}

TEST_CASE("fast: long texts over small alphabets, with ties and without") {
  const std::uint64_t seed = 1804;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 40; ++i) {
    CAPTURE(i);
    const std::string alphabet = i % 4 < 2 ? "ab" : "abc d\n";
    Engines engines(RandomUnigram(alphabet, 4 + random.Below(80), i % 2 == 0, &random).pieces());
    for (const std::size_t length : {3, 17, 18, 40, 700, 5000}) {
      engines.Check(random.Over(alphabet, length));
    }
  }
}

TEST_CASE("fast: pieces of all lengths, chunks longer than a block") {
  const std::uint64_t seed = 10959;
  CAPTURE(seed);
  RandomText random(seed);
  for (const std::size_t longest : {16, 17, 18, 40, 255}) {
    CAPTURE(longest);
    std::vector<ScoredPiece> pieces;
    std::set<std::string> distinct;
    while (distinct.size() < 60) distinct.insert(random.Over("ab", 1 + random.Below(longest)));
    distinct.insert(random.Over("ab", longest));
    for (const std::string& piece : distinct) {
      // Close to proportional to the length, so that all lengths are used.
      const double per_byte = 1 + 0.25 * static_cast<double>(random.Below(3));
      pieces.push_back({piece, -per_byte * static_cast<double>(piece.size())});
    }
    Engines engines(pieces);
    for (const std::size_t length : {100, 16383, 16384, 16385, 50000}) {
      engines.Check(RandomPieces(pieces, length, &random).substr(0, length));
    }
    engines.Check(std::string(40000, 'a'));
  }
}

TEST_CASE("fast: chunks of many blocks whose paths meet, late or never") {
  const std::uint64_t seed = 77003;
  CAPTURE(seed);
  RandomText random(seed);
  Engines engines({{"a", -1.0}, {"aa", -1.5}, {"b", -2.0}, {"ab", -2.5}, {"bab", -3.0}});
  const std::string words = random.Over("ab", 100000);
  const std::string letter(400000, 'a');  // whose first piece depends on where it ends
  engines.Check(words);
  engines.Check(letter + words);
  engines.Check(words + letter);
  engines.Check(words + letter + "b" + letter.substr(0, 100000) + "b" + words);
  Engines ties({{"a", -1.0}, {"aa", -2.0}, {"aaa", -3.0}, {"b", -1.0}, {"ab", -2.0}});
  ties.Check(words + letter.substr(0, 20000) + words);
}

TEST_CASE("fast: any bytes, any text") {
  const std::uint64_t seed = 8259;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<ScoredPiece> pieces = PiecesOfAnyBytes(&random);
  Engines engines(pieces);
  for (const std::string& document : AwkwardDocuments()) engines.Check(document);
  for (int i = 0; i < 20; ++i) {
    engines.Check(random.ValidUtf8(3000));
    engines.Check(random.MutatedUtf8(3000));
    engines.Check(random.Bytes(3000));
    engines.Check(RandomPieces(pieces, 3000, &random));
  }
  engines.Check(random.MutatedUtf8(60000));
}

TEST_CASE("fast: whole characters, which the recursion strides over") {
  const std::uint64_t seed = 3629;
  CAPTURE(seed);
  RandomText random(seed);
  const std::vector<std::string> letters = {
      "a", " ", "\n", "\xC3\xA9", "\xD0\x96", "\xE4\xB8\xAD", "\xE6\x96\x87", "\xF0\x9F\x98\x80"};
  const auto words = [&](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += letters[random.Below(letters.size())];
    return text;
  };
  for (int i = 0; i < 24; ++i) {
    CAPTURE(i);
    std::set<std::string> distinct;
    for (int j = 0; j < 40; ++j) distinct.insert(words(2 + random.Below(4)));
    std::vector<ScoredPiece> pieces;
    for (const std::string& piece : distinct) {
      pieces.push_back({piece, -8 - static_cast<double>(random.Below(1000)) / 77});
    }
    // Better than its bytes (-20 to -22 each, see WithAllBytes) by far, by a little,
    // not at all, or no piece.
    for (std::size_t j = 3; j < letters.size(); ++j) {
      const auto size = static_cast<double>(letters[j].size());
      const double scores[] = {-9, -20 * size, -20 * size - 0.03, -20 * size - 3, -22 * size};
      if (i % 6 < 5) pieces.push_back({letters[j], scores[(i + j) % 5]});
    }
    if (i % 8 == 7) pieces.push_back({"\x96\x87", -7});  // not whole
    Engines engines(pieces);
    for (const std::size_t length : {1, 2, 5, 30, 400}) engines.Check(words(length));
    std::string text = words(400);
    for (int j = 0; j < 40; ++j) text[random.Below(text.size())] = random.Bytes(1)[0];
    engines.Check(text);
    engines.Check(text.substr(1 + random.Below(3)));
    // Blocks that end inside a character.
    std::string long_text;
    while (long_text.size() < 40000) long_text += letters[3 + random.Below(5)];
    engines.Check(long_text);
  }
}

TEST_CASE("fast: runs of newlines longer than a block, pieces of several") {
  Engines engines({{"\n", -2}, {"\n\n\n", -3}, {"a\n", -1}, {"a", -3}, {"b\n\n", -3}});
  const std::string run(20000, '\n');
  for (const std::string& text : {run, "a" + run, run + "a", run + "a" + run, "ab" + run + "b"}) {
    engines.Check(text);
    engines.Check(std::string(16380, 'b') + text);
    engines.Check(std::string(16384, 'b') + text);
    engines.Check("b\n\na\n" + std::string(16380, 'b') + "\na\n\n\n\n" + text);
  }
}

}  // namespace
}  // namespace bytepiece
