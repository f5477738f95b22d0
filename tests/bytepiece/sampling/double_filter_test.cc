// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/double_filter.h"

#include <cmath>
#include <string>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/sampling/perfect_sampler.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

// A scanner needs every single byte; those not given get -30.
struct Pieces {
  explicit Pieces(std::vector<std::pair<std::string, double>> given) {
    std::vector<bool> seen(256);
    for (auto& [bytes, score] : given) {
      if (bytes.size() == 1) seen[static_cast<unsigned char>(bytes[0])] = true;
      all.push_back(bytes);
      scores.push_back(score);
    }
    for (int byte = 0; byte < 256; ++byte) {
      if (seen[byte]) continue;
      all.emplace_back(1, static_cast<char>(byte));
      scores.push_back(-30);
    }
    const std::vector<std::string_view> views(all.begin(), all.end());
    scanner = PieceScanner::Build(views, scores);
  }
  std::vector<std::string> all;
  std::vector<double> scores;
  PieceScanner scanner;
};

// log B of every position, by the recursion in logarithms.
std::vector<double> LogTotals(const Pieces& pieces, double alpha, const std::string& chunk) {
  std::vector<double> totals(chunk.size() + 1);
  for (std::size_t s = chunk.size(); s-- > 0;) {
    double largest = -INFINITY;
    std::vector<double> branches;
    for (std::size_t i = 0; i < pieces.all.size(); ++i) {
      const std::string& piece = pieces.all[i];
      if (chunk.compare(s, piece.size(), piece) != 0) continue;
      branches.push_back(alpha * pieces.scores[i] + totals[s + piece.size()]);
      largest = std::max(largest, branches.back());
    }
    double sum = 0;
    for (const double branch : branches) sum += std::exp(branch - largest);
    totals[s] = largest + std::log(sum);
  }
  return totals;
}

void CheckTails(const Pieces& pieces, double alpha, const std::string& chunk, bool vector) {
  CAPTURE(alpha, chunk.size(), vector);
  REQUIRE_FALSE(pieces.scanner.empty());
  const WeightRows sets(pieces.scanner);
  const SamplingWeights weights(pieces.scores, alpha, &sets);
  DoubleFilterScratch scratch;
  const std::size_t reach = std::max<std::size_t>(pieces.scanner.max_length(), 8);
  DoubleFilter filter(weights, pieces.scanner.max_length(), vector, &scratch);
  pieces.scanner.Scan(chunk, 0, chunk.size(), filter.States(chunk.size()));
  filter.Start();
  REQUIRE(filter.Sum(0, chunk.size()));
  const std::vector<double> expected = LogTotals(pieces, alpha, chunk);
  std::vector<double> tail(reach + 1);
  for (std::size_t s = 0; s < chunk.size(); ++s) {
    REQUIRE(filter.CopyTail(s, tail.data()));
    for (std::size_t i = 1; i <= std::min(pieces.scanner.max_length(), chunk.size() - s); ++i) {
      CAPTURE(s, i);
      // The total of the first position itself is not the chunk's any more where
      // another ends there; here there is but one.
      REQUIRE(std::log(tail[i] / tail[0]) ==
              Approx(expected[s + i] - expected[s]).margin(1e-9).epsilon(1e-11));
    }
  }
}

TEST_CASE("the totals in reach of a position are B in one unit, over changes of it") {
  RandomText texts(3607);
  const Pieces plain({{"a", -3}, {"b", -4}, {"ab", -2}, {"abab", -5}, {"bbbbbbb", -1}});
  const Pieces reaching({{"a", -10},
                         {"b", -25},
                         {"abcabcabcabc", -60},
                         {"bbbbbbbbbbbbbbbbbbbb", -100},
                         {"c", 20},
                         {"ca", 5}});
  for (const bool vector : {false, true}) {
    if (vector && !HasAvx512()) continue;
    for (const double alpha : {0.0, 0.2, 0.6, 1.0}) {
      for (const std::size_t length : {1, 3, 4, 9, 50, 700}) {
        CheckTails(plain, alpha, texts.Over("ab", length), vector);
        CheckTails(reaching, alpha, texts.Over("abc", length), vector);
        CheckTails(reaching, alpha, std::string(length, 'b'), vector);
      }
    }
  }
}

TEST_CASE("what plain doubles cannot hold is told") {
  const Pieces pieces({{"a", -3}, {"b", -4}});
  const WeightRows sets(pieces.scanner);
  const SamplingWeights weights(pieces.scores, 1e5, &sets);
  DoubleFilterScratch scratch;
  DoubleFilter filter(weights, pieces.scanner.max_length(), false, &scratch);
  const std::string text = "abab";
  pieces.scanner.Scan(text, 0, text.size(), filter.States(text.size()));
  filter.Start();
  CHECK_FALSE(filter.Sum(0, text.size()));
}

// Through the trie, whose filter keeps an exponent where it must.
std::vector<TokenId> DrawByTrie(const Pieces& pieces, double alpha, const std::string& text) {
  std::vector<ScoredPiece> all;
  for (std::size_t i = 0; i < pieces.all.size(); ++i) {
    all.push_back({pieces.all[i], pieces.scores[i]});
  }
  const Unigram model(all);
  const SamplingWeights weights(model.view().scores, alpha);
  SamplerScratch scratch;
  RandomStream random(1, 2, 3);
  std::vector<TokenId> ids;
  AppendPerfectSample(model.view(), weights, text, 0, &random, &scratch, &ids);
  return ids;
}

std::vector<TokenId> DrawByBlocks(const Pieces& pieces, double alpha, const std::string& text,
                                  SamplingKernel kernel) {
  const WeightRows sets(pieces.scanner);
  const SamplingWeights weights(pieces.scores, alpha, &sets);
  SamplerScratch scratch;
  RandomStream random(1, 2, 3);
  std::vector<TokenId> ids;
  AppendPerfectSamples(pieces.scanner, weights, text, 0, absl::MakeSpan(&random, 1), &scratch,
                       absl::MakeSpan(&ids, 1), kernel);
  return ids;
}

TEST_CASE("weights further apart than a double holds change no draw") {
  // From one letter to the next a total changes by up to 2^700, up and down; long pieces
  // reach over many such letters; some weights are above 1, some underflow.
  const Pieces pieces({{"a", -24},
                       {"b", -500},
                       {"c", 480},
                       {"d", 20},
                       {"abc", -1},
                       {"bbbb", -300},
                       {"cab", 300},
                       {"bbbbbbbbbbbbbbbbbbbb", -10},
                       {"dddddddddddd", 100},
                       {"aa", -800},
                       {"ca", 5}});
  REQUIRE_FALSE(pieces.scanner.empty());
  RandomText texts(37);
  for (const double alpha : {0.02, 0.1, 0.5, 1.0, 2.0}) {
    for (const std::size_t length : {10, 100, 3000, 40000}) {
      for (const std::string& text :
           {texts.Over("abc", length), texts.Over("bbbbbbbbac", length), std::string(length, 'b'),
            texts.Over("dddddddddddddda", length), texts.Over("acd", length)}) {
        CAPTURE(alpha, length);
        const std::vector<TokenId> expected = DrawByTrie(pieces, alpha, text);
        REQUIRE(DrawByBlocks(pieces, alpha, text, SamplingKernel::kPortable) == expected);
        REQUIRE(DrawByBlocks(pieces, alpha, text, BestSamplingKernel()) == expected);
      }
    }
  }
}

}  // namespace
}  // namespace bytepiece
