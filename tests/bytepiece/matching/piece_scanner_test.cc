// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/piece_scanner.h"

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/matching/piece_scanner_builder.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

// Every byte and the given pieces, scores all different.
struct Pieces {
  explicit Pieces(const std::vector<std::string>& longer) {
    for (int byte = 0; byte < 256; ++byte) Add(std::string(1, static_cast<char>(byte)));
    for (const std::string& piece : longer) Add(piece);
  }
  void Add(const std::string& piece) {
    if (values.emplace(piece, static_cast<std::int32_t>(values.size())).second) {
      scores.push_back(-1 - 0.01 * static_cast<double>(scores.size()));
    }
  }
  PieceScanner Build() const {
    std::vector<std::string_view> by_value(values.size());
    for (const auto& [piece, value] : values) by_value[value] = piece;
    return PieceScanner::Build(by_value, scores);
  }

  std::map<std::string, std::int32_t> values;
  std::vector<double> scores;
};

void CheckSet(const Pieces& pieces, const PieceScanner& scanner, const MatchSet& set,
              std::string_view rest) {
  std::size_t searched = 0;  // bytes; all pieces up to there have been seen
  const auto next_length = [&] {
    const std::size_t longest = std::min(rest.size(), scanner.max_length());
    while (searched < longest &&
           !pieces.values.contains(std::string(rest.substr(0, searched + 1)))) {
      ++searched;
    }
    return searched < longest ? ++searched : 0;
  };
  int num_short = 0;
  int num_long = 0;
  bool right = true;  // millions of assertions would take most of the time
  set.ForEach([&](int length, double score, std::int32_t value) {
    right = right && length == static_cast<int>(next_length()) &&
            value == pieces.values.at(std::string(rest.substr(0, length))) &&
            score == pieces.scores[value] && scanner.ValueAt(set.PlaceOfLength(length)) == value;
    ++(length <= MatchSet::kMaxShort ? num_short : num_long);
  });
  REQUIRE(right);
  REQUIRE(next_length() == 0);
  REQUIRE(set.num_short() == num_short);
  REQUIRE(set.num_long() == num_long);
}

void CheckText(const Pieces& pieces, const PieceScanner& scanner, const std::string& text,
               std::size_t begin, std::size_t end) {
  CAPTURE(text.size(), begin, end);
  std::vector<PieceScanner::State> states(end - begin + PieceScanner::kMaxLength - 1);
  scanner.Scan(text, begin, end, states.data());
  for (std::size_t i = begin; i < end; ++i) {
    CheckSet(pieces, scanner, scanner.SetOf(states[i - begin]), std::string_view(text).substr(i));
  }
}

TEST_CASE("the scanner finds exactly the pieces that start at each position") {
  const std::uint64_t seed = 9811;
  CAPTURE(seed);
  RandomText random(seed);
  for (const std::string alphabet : {"ab", "abcdefgh", "a\n\xE4\xB8\xAD"}) {
    for (const std::size_t longest : {3, 12, 60, 255}) {
      std::vector<std::string> longer;
      for (int i = 0; i < 60; ++i) {
        longer.push_back(random.Over(alphabet, 2 + random.Below(longest - 1)));
      }
      // Texts of random letters seldom match a long piece: mix pieces in.
      std::string text;
      while (text.size() < 9000) {
        text += random.Below(2) == 0 ? longer[random.Below(60)]
                                     : random.Over(alphabet, random.Below(5));
      }
      const Pieces pieces(longer);
      const PieceScanner scanner = pieces.Build();
      REQUIRE_FALSE(scanner.empty());
      CheckText(pieces, scanner, text, 0, text.size());
      for (int i = 0; i < 30; ++i) {
        const std::size_t begin = random.Below(text.size());
        CheckText(pieces, scanner, text, begin, begin + random.Below(text.size() - begin + 1));
      }
      CheckText(pieces, scanner, text.substr(0, 1), 0, 1);
    }
  }
}

TEST_CASE("a scanner of many pieces of all bytes") {
  RandomText random(6);
  std::vector<std::string> longer;
  for (int i = 0; i < 20000; ++i) longer.push_back(random.Bytes(2 + random.Below(3)));
  for (int i = 0; i < 5000; ++i) longer.push_back(random.Over("abcde", 2 + random.Below(6)));
  const Pieces pieces(longer);
  const PieceScanner scanner = pieces.Build();
  REQUIRE_FALSE(scanner.empty());
  CheckText(pieces, scanner, random.Bytes(5000), 0, 5000);
  CheckText(pieces, scanner, random.Over("abcde", 5000), 0, 5000);
  CheckText(pieces, scanner, "", 0, 0);
}

TEST_CASE("strings side by side are scanned as if each stood alone") {
  const std::uint64_t seed = 3184;
  CAPTURE(seed);
  RandomText random(seed);
  std::vector<std::string> longer;
  for (int i = 0; i < 80; ++i) longer.push_back(random.Over("abc", 2 + random.Below(30)));
  const Pieces pieces(longer);
  const PieceScanner scanner = pieces.Build();
  for (const std::size_t strings : {0, 1, 5, 9, 10, 11, 300}) {
    std::string text;
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < strings; ++i) {
      if (i % 7 != 3) {  // else an empty one
        text += random.Below(3) == 0 ? longer[random.Below(80)]
                                     : random.Over("abc", random.Below(i % 11 == 0 ? 200 : 12));
      }
      ends.push_back(text.size());
    }
    std::vector<PieceScanner::State> states(text.size());
    scanner.ScanEach(text, ends, states.data());
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      for (std::size_t i = begin; i < end; ++i) {
        CheckSet(pieces, scanner, scanner.SetOf(states[i]),
                 std::string_view(text).substr(i, end - i));
      }
      begin = end;
    }
  }
}

TEST_CASE("scores can be replaced") {
  RandomText random(5);
  Pieces pieces({"ab", "abc", "abcdefghijkl", "\xE4\xB8\xAD", "\xE4\xB8\xAD\xE6\x96\x87"});
  PieceScanner scanner = pieces.Build();
  const std::string text = "\xE4\xB8\xAD\xE6\x96\x87 abcdefghijkl abcd";
  std::vector<PieceScanner::State> states(text.size() + PieceScanner::kMaxLength - 1);
  scanner.Scan(text, 0, text.size(), states.data());
  REQUIRE(scanner.SetOf(states[0]).stride() == 3);
  for (double& score : pieces.scores) score -= static_cast<double>(random.Below(100));
  pieces.scores[pieces.values.at("abc")] = -std::numeric_limits<double>::infinity();
  scanner.SetScores(pieces.scores);
  CheckText(pieces, scanner, text, 0, text.size());
  CHECK(scanner.SetOf(states[0]).stride() == 1);
}

TEST_CASE("only pieces with a newline before another byte reach across chunks") {
  CHECK(Pieces({"a\n", "\n\n", "a b\n\n"}).Build().keeps_to_chunks());
  CHECK_FALSE(Pieces({"\na"}).Build().keeps_to_chunks());
  CHECK_FALSE(Pieces({"a\n\nb"}).Build().keeps_to_chunks());
}

TEST_CASE("pieces that are none of the scanner's business leave it empty") {
  CHECK_FALSE(Pieces({std::string(255, 'x')}).Build().empty());
  CHECK(Pieces({std::string(256, 'x')}).Build().empty());
  Pieces gone({"ab"});
  gone.scores.back() = -std::numeric_limits<double>::infinity();
  CHECK(gone.Build().empty());
  std::vector<std::string> nested;  // 1000 stacks of 90 prefixes each
  RandomText random(77);
  for (int i = 0; i < 1000; ++i) {
    const std::string deepest = random.Bytes(90);
    for (std::size_t n = 2; n <= 90; ++n) nested.push_back(deepest.substr(0, n));
  }
  CHECK(Pieces(nested).Build().empty());
  nested.resize(89 * 5);
  CHECK_FALSE(Pieces(nested).Build().empty());
  const std::vector<std::string_view> no_bytes = {"a", "ab"};
  const std::vector<double> scores = {-1, -2};
  CHECK(PieceScanner::Build(no_bytes, scores).empty());
  CHECK(PieceScannerBuilder({}, {}).Build().empty());
}

}  // namespace
}  // namespace bytepiece
