// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/piece_usage.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/posterior.h"
#include "bytepiece/segmentation/viterbi.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unigram.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/grow/pair_counter.h"
#include "trainer/grow/piece_scores.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {
namespace {

using Documents = std::vector<std::string>;

std::vector<Piece> PiecesOf(const std::map<std::string, std::int64_t>& longer) {
  std::map<std::string, std::int64_t> counts = longer;
  for (int byte = 0; byte < 256; ++byte)
    counts.insert({std::string(1, static_cast<char>(byte)), 1});
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return pieces;
}

struct Counted {
  std::map<std::string, std::int64_t> counts;
  std::map<std::string, std::int64_t> spreads;
  std::map<std::string, std::int64_t> pairs;
  std::int64_t spilled = 0;

  bool Same(const Counted& other) const {
    return counts == other.counts && spreads == other.spreads && pairs == other.pairs;
  }
};

struct Setting {
  int threads = 1;
  bool little = false;
  std::int64_t min_count = 1;
  bool soft = false;
};

Counted CountOf(const Documents& documents, const std::vector<Piece>& pieces,
                const Setting& setting) {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  TrainerSpec spec;
  spec.soft_counts = setting.soft;
  CountingOptions options;
  options.spec = &spec;
  options.threads = setting.threads;
  options.budget = *DivideMemory(std::int64_t{4} << 30, setting.threads);
  if (setting.little) {
    options.budget.batch_bytes = 3000;
    options.budget.work_bytes = PieceUsageMemory(pieces, setting.threads, setting.soft) +
                                setting.threads * (std::int64_t{6} << 20);
  }
  VectorSource source(documents);
  RunSet pairs(PairCounter::Header(spec, 1), &store);
  const absl::StatusOr<PieceUsage> usage = CountPieceUsage(
      &source, options, pieces, {.max_length = 8, .min_count = setting.min_count}, &pairs);
  REQUIRE(usage.ok());
  Counted counted;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (usage->counts[i] > 0) counted.counts[pieces[i].bytes] = usage->counts[i];
    if (usage->spreads[i] > 0) counted.spreads[pieces[i].bytes] = usage->spreads[i];
  }
  REQUIRE(MergeNgrams(pairs.runs(), PairCounter::kOrder, 0, kNoNgram,
                      [&](std::uint64_t key, std::int64_t count) {
                        counted.pairs[pieces[PairCounter::Left(key)].bytes +
                                      pieces[PairCounter::Right(key)].bytes] += count;
                      })
              .ok());
  counted.spilled = pairs.spilled_bytes();
  return counted;
}

// The header's words over maps of strings; documents are one slice and one chunk.
Counted Naive(const Documents& documents, const std::vector<Piece>& pieces,
              std::int64_t min_count) {
  double total = 0;
  for (const Piece& piece : pieces) total += std::sqrt(static_cast<double>(piece.count));
  std::vector<ScoredPiece> scored;
  std::map<std::string, std::int64_t> own;
  for (const Piece& piece : pieces) {
    const double score = std::log(static_cast<double>(piece.count)) / 2 - std::log(total);
    scored.push_back({piece.bytes, score});
    own[piece.bytes] = piece.count;
  }
  const Unigram model(scored);
  const auto whole = [&](const std::string& piece) {
    return own.at(piece) >= min_count && IsValidUtf8(piece);
  };
  Counted counted;
  ViterbiScratch scratch;
  for (const std::string& document : documents) {
    std::vector<std::int32_t> parts;
    Segment(model.view(), document, &scratch, &parts);
    std::map<std::string, std::int64_t> here;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string& part = pieces[parts[i]].bytes;
      ++here[part];
      if (i == 0) continue;
      const std::string& before = pieces[parts[i - 1]].bytes;
      const std::string pair = before + part;
      if (whole(before) && whole(part) && pair.size() <= 8) ++counted.pairs[pair];
    }
    for (const auto& [part, count] : here) {
      counted.counts[part] += count;
      counted.spreads[part] += std::llround(1024 * std::sqrt(count));
    }
  }
  return counted;
}

TEST_CASE("recounting is what its words say, within any memory, threads and order") {
  const std::uint64_t seed = 41;
  RandomText random(seed);
  std::map<std::string, std::int64_t> longer;
  for (int i = 0; i < 60; ++i)
    longer[random.Over("abc", 2 + random.Below(4))] = 1 + random.Below(90);
  longer["\u4E2D"] = 5;
  longer["\u00E9"] = 1;
  const std::vector<Piece> pieces = PiecesOf(longer);
  Documents documents;
  for (int i = 0; i < 300; ++i) {
    documents.push_back(random.Over("abcd", 1 + random.Below(300)) + (i % 3 == 0 ? "\u4E2D" : "") +
                        (i % 5 == 0 ? "a\u00E9\u6587b" : "\xFF"));
  }
  for (const std::int64_t min_count : {1, 3}) {
    const Counted expected = Naive(documents, pieces, min_count);
    CHECK(expected.pairs.size() > 100);
    for (const int threads : {1, 3}) {
      CHECK(CountOf(documents, pieces, {threads, false, min_count}).Same(expected));
      CHECK(CountOf(documents, pieces, {threads, true, min_count}).Same(expected));
      std::reverse(documents.begin(), documents.end());
    }
  }
}

// Counts and spreads by the posterior of every chunk, its scores twice PieceScores'.
Counted NaiveSoft(const Documents& documents, const std::vector<Piece>& pieces) {
  std::vector<ScoredPiece> scored;
  const std::vector<double> scores = PieceScores(pieces);
  for (std::size_t i = 0; i < pieces.size(); ++i) scored.push_back({pieces[i].bytes, scores[i]});
  const Unigram model(scored);
  std::map<std::string, double> sums;
  Counted counted;
  for (const std::string& document : documents) {
    std::map<std::string, double> here;
    for (std::size_t begin = 0, end = 0; begin < document.size(); begin = end) {
      end = std::min(document.find('\n', begin), document.size() - 1) + 1;
      const Lattice lattice(model.view(), document.substr(begin, end - begin));
      const Posterior posterior(lattice, 2);
      for (std::size_t i = 0; i < lattice.edges().size(); ++i) {
        here[pieces[lattice.edges()[i].value].bytes] += posterior.edge_probabilities()[i];
      }
    }
    for (const auto& [part, uses] : here) {
      sums[part] += uses;
      counted.spreads[part] += std::llround(1024 * (uses < 1 ? uses : std::sqrt(uses)));
    }
  }
  for (const auto& [part, sum] : sums) counted.counts[part] = std::llround(sum);
  return counted;
}

TEST_CASE("soft counts are those of the posterior, within any memory, threads and order") {
  RandomText random(43);
  std::map<std::string, std::int64_t> longer;
  for (const char letter : {'a', 'b', 'c'}) longer[std::string(1, letter)] = 300;
  for (int i = 0; i < 60; ++i) {
    longer[random.Over("abc", 2 + random.Below(4))] = 1 + random.Below(90);
  }
  const std::vector<Piece> pieces = PiecesOf(longer);
  Documents documents;
  for (int i = 0; i < 200; ++i) {
    documents.push_back(random.Over("abc", 1 + random.Below(300)) + (i % 3 == 0 ? "\n" : "d"));
    if (i % 4 == 0) documents.back() += "d\n" + random.Over("abcd", 10);
  }
  documents.push_back(random.Over("abc", 40'000));
  const Counted expected = NaiveSoft(documents, pieces);
  const Counted hard = CountOf(documents, pieces, {});
  const Counted soft = CountOf(documents, pieces, {.soft = true});
  CHECK(soft.pairs == hard.pairs);
  CHECK(soft.counts != hard.counts);
  // Every document's uses are rounded to 1/1024.
  const double rounding = static_cast<double>(documents.size()) / 2;
  for (const Piece& piece : pieces) {
    CAPTURE(piece.bytes);
    const auto of = [&](const std::map<std::string, std::int64_t>& counts) {
      const auto found = counts.find(piece.bytes);
      return found == counts.end() ? 0.0 : static_cast<double>(found->second);
    };
    CHECK(of(soft.counts) == Approx(of(expected.counts)).margin(1.01));
    CHECK(of(soft.spreads) == Approx(of(expected.spreads)).margin(rounding));
  }
  for (const int threads : {1, 3}) {
    std::reverse(documents.begin(), documents.end());
    CHECK(CountOf(documents, pieces, {threads, false, 1, true}).Same(soft));
    CHECK(CountOf(documents, pieces, {threads, true, 1, true}).Same(soft));
  }
}

// Nothing but rare bytes, beyond what doubles weigh in the reach of a long piece.
TEST_CASE("a chunk whose segmentations cannot be weighed counts by its best one") {
  std::map<std::string, std::int64_t> longer = {{std::string(200, 'a'), std::int64_t{1} << 40}};
  longer["ab"] = std::int64_t{1} << 40;
  const std::vector<Piece> pieces = PiecesOf(longer);
  const Documents documents = {std::string(500, '\x7F') + "ab\n" + std::string(300, '\x7E')};
  const Counted soft = CountOf(documents, pieces, {.soft = true});
  CHECK(soft.counts == CountOf(documents, pieces, {}).counts);
  CHECK(soft.counts.at("\x7F") == 500);
}

TEST_CASE("pairs never cross the end of a chunk, nor the length that is asked for") {
  const std::vector<Piece> pieces = PiecesOf({{"abcd", 9}, {"ef", 9}, {"xyzuv", 9}});
  const Counted counted = CountOf({"abcdef\nabcdxyzuv"}, pieces, {});
  CHECK(counted.pairs == std::map<std::string, std::int64_t>{{"abcdef", 1}, {"ef\n", 1}});
}

TEST_CASE("used in four places weighs more than used four times in one") {
  const std::vector<Piece> pieces = PiecesOf({{"here", 9}, {"there", 9}});
  const Counted counted =
      CountOf({"here-here-here-here", "there", "there", "there", "there"}, pieces, {});
  CHECK(counted.counts.at("here") == counted.counts.at("there"));
  CHECK(counted.spreads.at("here") == 2 * kSpreadUnit);
  CHECK(counted.spreads.at("there") == 4 * kSpreadUnit);
}

TEST_CASE("pairs that memory has no room for go to disk, and nothing is lost") {
  RandomText random(5);
  Documents documents;
  for (int i = 0; i < 120; ++i)
    documents.push_back(random.Over("abcdefghijklmnopqrstuvwxyz", 60'000));
  std::map<std::string, std::int64_t> longer;
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) longer[{a, b}] = 5;
  }
  const std::vector<Piece> pieces = PiecesOf(longer);
  const Counted little = CountOf(documents, pieces, {1, true, 1});
  CHECK(little.spilled > 0);
  CHECK(little.Same(CountOf(documents, pieces, {2, false, 1})));
}

TEST_CASE("too little memory for the pieces is an error that says what to do") {
  const std::vector<Piece> pieces = PiecesOf({});
  TrainerSpec spec;
  CountingOptions options;
  options.spec = &spec;
  options.budget.work_bytes = 1 << 20;
  VectorSource source({"a"});
  const absl::Status status = CountPieceUsage(&source, options, pieces, {}, nullptr).status();
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK_THAT(std::string(status.message()),
             Contains("counting the use of 256 pieces takes") && Contains("lower --vocab-size"));
  spec.soft_counts = true;
  options.budget.work_bytes = PieceUsageMemory(pieces, 1, false) + (std::int64_t{6} << 20);
  const absl::Status soft = CountPieceUsage(&source, options, pieces, {}, nullptr).status();
  CHECK(soft.code() == absl::StatusCode::kResourceExhausted);
  CHECK_THAT(std::string(soft.message()), Contains("leave out --soft-counts"));
}

class HeavySource : public VectorSource {
 public:
  explicit HeavySource(std::int64_t weight)
      : VectorSource({std::string(1000, 'a')}), weight_(weight) {}
  std::int64_t weight() const override { return weight_; }

 private:
  std::int64_t weight_;
};

TEST_CASE("use that is more than fits is an error, not another number") {
  const std::vector<Piece> pieces = PiecesOf({});
  TrainerSpec spec;
  CountingOptions options;
  options.spec = &spec;
  options.budget = *DivideMemory(std::int64_t{1} << 30, 1);
  for (const bool soft : {false, true}) {
    spec.soft_counts = soft;
    HeavySource heavy(std::int64_t{1} << 50);
    const absl::Status status = CountPieceUsage(&heavy, options, pieces, {}, nullptr).status();
    CHECK_THAT(std::string(status.message()), Contains("comes to 2^63 or more"));
    HeavySource light(std::int64_t{1} << 40);
    const absl::StatusOr<PieceUsage> usage = CountPieceUsage(&light, options, pieces, {}, nullptr);
    REQUIRE(usage.ok());
    CHECK(usage->counts['a'] == std::int64_t{1000} << 40);
  }
}

}  // namespace
}  // namespace bytepiece
