// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_pruner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::string, std::int64_t>;

// The specification's step 6 over maps of strings; segmentation by the plain
// recursion over ends, candidates longest first.
class NaivePruner {
 public:
  NaivePruner(const Counts& counted, std::size_t max_length, std::int64_t min_count) {
    Counts dropped;
    for (const auto& [bytes, count] : counted) {
      const bool keep = bytes.size() == 1 || (bytes.size() <= max_length && count >= min_count);
      (keep ? kept_ : dropped)[bytes] = count;
    }
    for (int b = 0; b < 256; ++b) kept_.emplace(std::string(1, static_cast<char>(b)), 1);
    Give(dropped);
    RemoveUnused();
  }

  void ShrinkTo(std::size_t max_pieces) {
    if (kept_.size() <= max_pieces) return;
    std::vector<std::pair<std::string, std::int64_t>> ranked(kept_.begin(), kept_.end());
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      const auto key = [](const auto& p) {
        return std::tuple(p.first.size() > 1, -p.second, -static_cast<int>(p.first.size()),
                          p.first);
      };
      return key(a) < key(b);
    });
    kept_ = Counts(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(max_pieces));
    Give(Counts(ranked.begin() + static_cast<std::ptrdiff_t>(max_pieces), ranked.end()));
    RemoveUnused();
  }

  const Counts& kept() const { return kept_; }

 private:
  static std::vector<std::string> Segment(const Counts& model, const std::string& text) {
    std::int64_t total = 0;
    for (const auto& [bytes, count] : model) total += count;
    std::vector<double> best(text.size() + 1, -1e300);
    std::vector<std::size_t> last(text.size() + 1, 0);
    best[0] = 0;
    for (std::size_t end = 1; end <= text.size(); ++end) {
      for (std::size_t length = end; length > 0; --length) {
        const auto found = model.find(text.substr(end - length, length));
        if (found == model.end()) continue;
        const double score = best[end - length] + (std::log(static_cast<double>(found->second)) -
                                                   std::log(static_cast<double>(total)));
        if (score > best[end]) {
          best[end] = score;
          last[end] = length;
        }
      }
    }
    std::vector<std::string> parts;
    for (std::size_t end = text.size(); end > 0; end -= last[end]) {
      parts.push_back(text.substr(end - last[end], last[end]));
    }
    return parts;
  }

  void Give(const Counts& dropped) {
    Counts after = kept_;
    for (const auto& [bytes, count] : dropped) {
      for (const std::string& part : Segment(kept_, bytes)) after[part] += count;
    }
    kept_ = after;
  }

  void RemoveUnused() {
    for (;;) {
      Counts received;
      for (const auto& [bytes, count] : kept_) {
        for (const std::string& part : Segment(kept_, bytes)) received[part] += count;
      }
      const bool stable = received.size() == kept_.size();
      kept_ = received;
      if (stable) return;
    }
  }

  Counts kept_;
};

std::vector<Piece> ToPieces(const Counts& counts) {
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return pieces;
}

std::vector<Piece> InIdOrder(const Counts& counts) {
  std::vector<Piece> pieces = ToPieces(counts);
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::pair(a.bytes.size(), a.bytes) < std::pair(b.bytes.size(), b.bytes);
  });
  return pieces;
}

// In three ranges, the second empty.
PieceScan Scan(const std::vector<Piece>& pieces) {
  const auto scan = [&pieces](int range, const PieceScan::Take& take) {
    const std::size_t cuts[] = {0, pieces.size() * 2 / 3, pieces.size() * 2 / 3, pieces.size()};
    for (std::size_t i = cuts[range]; i < cuts[range + 1]; ++i) {
      absl::Status status = take(pieces[i].bytes, pieces[i].count);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  };
  return {3, scan};
}

TEST_CASE("pruning agrees with the specification's steps, size after size") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Counts counted;
    const int candidates = 20 + static_cast<int>(random() % 200);
    for (int i = 0; i < candidates; ++i) {
      std::string bytes(1 + random() % (seed % 5 == 0 ? 30 : 6), '\0');
      for (char& byte : bytes) byte = static_cast<char>('a' + random() % 3);
      // Few distinct counts, so that ties occur.
      counted[bytes] += 1 + static_cast<std::int64_t>(random() % 6) * (random() % 50);
    }
    const std::size_t max_length = 1 + random() % 8;
    const std::int64_t min_count = 1 + random() % 5;
    NaivePruner naive(counted, max_length, min_count);
    const std::vector<Piece> pieces = ToPieces(counted);
    absl::StatusOr<PiecePruner> pruner =
        PiecePruner::Create(Scan(pieces), {.max_piece_length = static_cast<int>(max_length),
                                           .min_count = min_count,
                                           .threads = 1 + static_cast<int>(seed % 3)});
    REQUIRE(pruner.ok());
    REQUIRE(pruner->Pieces() == InIdOrder(naive.kept()));
    for (const int size : {300, 280, 270, 264, 260, 256}) {
      naive.ShrinkTo(size);
      pruner->ShrinkTo(size);
      REQUIRE(pruner->Pieces() == InIdOrder(naive.kept()));
      REQUIRE(pruner->num_pieces() == static_cast<std::int64_t>(naive.kept().size()));
    }
  }
}

TEST_CASE("a piece that its parts beat is removed, and its count goes to them") {
  // p(ab) < p(a) p(b), so no segmentation uses "ab".
  const std::vector<Piece> counted = {{"a", 1000}, {"ab", 2}, {"b", 1000}};
  const absl::StatusOr<PiecePruner> pruner = PiecePruner::Create(Scan(counted), {.min_count = 1});
  REQUIRE(pruner.ok());
  const std::vector<Piece> pieces = pruner->Pieces();
  CHECK(pieces.size() == 256);
  CHECK(pieces['a'] == Piece{"a", 1002});
  CHECK(pieces['b'] == Piece{"b", 1002});
}

TEST_CASE("too little memory, and a scan that fails, are errors") {
  std::vector<Piece> many;
  for (char a = 'a'; a <= 'z'; ++a) many.push_back({std::string(4, a), 9});
  const absl::StatusOr<PiecePruner> pruner = PiecePruner::Create(Scan(many), {.max_bytes = 1000});
  REQUIRE(!pruner.ok());
  CHECK(std::string(pruner.status().message()).find("raise --memory-limit") != std::string::npos);
  const PieceScan fails = {2, [](int range, const auto&) {
                             return range == 0 ? absl::OkStatus() : absl::DataLossError("a reason");
                           }};
  CHECK(PiecePruner::Create(fails, {}).status().message() == "a reason");
}

TEST_CASE("counts that do not fit 63 bits together are refused, kept or not") {
  constexpr std::int64_t kQuarter = std::int64_t{1} << 61;
  for (const Counts& counts :
       {Counts{{"ab", kQuarter}, {"cd", kQuarter}}, Counts{{"abcdefgh", kQuarter}},
        Counts{{"a", kQuarter * 2 - 1 + kQuarter * 2}}}) {
    for (const int ranges : {1, 2}) {
      const PieceScan scan = {ranges, [&](int range, const PieceScan::Take& take) {
                                int i = 0;
                                for (const auto& [piece, count] : counts) {
                                  if (i++ % ranges != range) continue;
                                  if (absl::Status status = take(piece, count); !status.ok()) {
                                    return status;
                                  }
                                }
                                return absl::OkStatus();
                              }};
      const auto pruner = PiecePruner::Create(scan, {.max_piece_length = 4, .threads = 2});
      CHECK_THAT(std::string(pruner.status().message()), Contains("come to 2^63 or more together"));
    }
  }
}

}  // namespace
}  // namespace bytepiece
