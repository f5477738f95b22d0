// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/soft_counts.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/sampling/expected_uses.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::vector<Piece> PiecesOf(std::map<std::string, std::int64_t> counts) {
  for (int byte = 0; byte < 256; ++byte) {
    counts.insert({std::string(1, static_cast<char>(byte)), 1});
  }
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return pieces;
}

PieceScanner ScannerOf(const std::vector<Piece>& pieces) {
  std::vector<std::string_view> keys;
  for (const Piece& piece : pieces) keys.push_back(piece.bytes);
  return PieceScanner::Build(keys, std::vector<double>(keys.size(), -1));
}

// "ab" as one piece weighs 30 / S^2, as two 90 x 40 / S^4, S the sum of the square roots.
TEST_CASE("a segmentation weighs its counts over the square of the sum of their roots") {
  const std::vector<Piece> pieces = PiecesOf({{"a", 90}, {"b", 40}, {"ab", 30}});
  double roots = 0;
  for (const Piece& piece : pieces) roots += std::sqrt(static_cast<double>(piece.count));
  const double squared = roots * roots;
  const double one = 30 / squared;
  const double two = 90 / squared * 40 / squared;
  const PieceScanner scanner = ScannerOf(pieces);
  const SoftCounts soft(pieces, scanner);
  REQUIRE_FALSE(soft.empty());
  ExpectedUses expected(scanner, soft.weights());
  const std::vector<std::size_t> ends = {2};
  expected.AddEach("ab", ends, [](std::size_t, bool is_in) { CHECK(is_in); });
  std::map<std::string, double> uses;
  expected.Take([&](std::int32_t value, double n) { uses[pieces[value].bytes] = n; });
  CHECK(uses.at("ab") == Approx(one / (one + two)));
  CHECK(uses.at("a") == Approx(two / (one + two)));
  CHECK(uses.at("b") == uses.at("a"));
}

TEST_CASE("weights are near 1 for a byte of text, whatever the counts") {
  for (const std::int64_t scale : {1, 1'000'000}) {
    const std::vector<Piece> pieces =
        PiecesOf({{"a", 9 * scale}, {"b", 9 * scale}, {"abbaabba", 9 * scale}});
    const PieceScanner scanner = ScannerOf(pieces);
    const SoftCounts soft(pieces, scanner);
    double drift = 0;  // of a text of pieces as often as they count
    double bytes = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto count = static_cast<double>(pieces[i].count);
      drift += count * std::log2(soft.weights().Plain(static_cast<std::int32_t>(i)));
      bytes += count * static_cast<double>(pieces[i].bytes.size());
    }
    CHECK(drift / bytes == Approx(0).margin(1e-9));
  }
}

// Else nothing that it occurs in could be weighed.
TEST_CASE("the longest piece of a text of short ones has a weight that a double holds") {
  std::map<std::string, std::int64_t> counts = {{std::string(255, '-'), 20}};
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) counts[{a, b}] = 100;
  }
  const std::vector<Piece> pieces = PiecesOf(counts);
  const PieceScanner scanner = ScannerOf(pieces);
  const SoftCounts soft(pieces, scanner);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const double weight = soft.weights().Plain(static_cast<std::int32_t>(i));
    CHECK((weight > 0 && weight < kMostPlainWeight));
  }
}

}  // namespace
}  // namespace bytepiece
