// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentations.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

Tokenizer MakeTokenizer() {
  return *Tokenizer::Create(MakeModel({{"a", 9}, {"b", 7}, {"ab", 5}, {"ba", 3}, {"b\na", 999}}));
}

// Of each line, every way to cut it; of the text, every combination.
std::vector<ScoredSegmentation> AllByBruteForce(const Tokenizer& tokenizer,
                                                const std::vector<std::string>& lines) {
  const std::vector<ScoredPiece> pieces = PiecesOf(tokenizer.vocabulary());
  std::vector<ScoredSegmentation> all = {{}};
  for (const std::string& line : lines) {
    std::vector<ScoredSegmentation> longer;
    for (const ScoredSegmentation& begun : all) {
      for (const Segmentation& one : AllSegmentations(pieces, line)) {
        ScoredSegmentation& next = longer.emplace_back(begun);
        for (const int piece : one.pieces) next.ids.push_back(kFirstPieceId + piece);
        next.score += one.score;
      }
    }
    all = std::move(longer);
  }
  return all;
}

TEST_CASE("n-best, probabilities and distinct samples are those of all segmentations") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::string text = "abab\nabba";
  std::vector<ScoredSegmentation> expected = AllByBruteForce(tokenizer, {"abab\n", "abba"});
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  const absl::StatusOr<Segmentations> all = Segmentations::Of(tokenizer, text);
  REQUIRE(all.ok());
  CHECK(all->normalized() == text);
  CHECK(all->NBest(0).empty());
  CHECK(all->NBest(1)[0].ids == tokenizer.Encode(text));
  const std::vector<ScoredSegmentation> best = all->NBest(1000);
  REQUIRE(best.size() == expected.size());
  std::set<std::vector<TokenId>> distinct;
  for (std::size_t i = 0; i < best.size(); ++i) {
    CHECK(best[i].score == Approx(expected[i].score));
    distinct.insert(best[i].ids);
  }
  CHECK(distinct.size() == expected.size());

  double z = 0;
  std::map<TokenId, double> uses;
  for (const ScoredSegmentation& one : expected) z += std::exp(0.5 * one.score);
  double tokens = 0;
  for (const ScoredSegmentation& one : expected) {
    const double probability = std::exp(0.5 * one.score) / z;
    tokens += probability * static_cast<double>(one.ids.size());
    for (const TokenId id : one.ids) uses[id] += probability;
  }
  CHECK(all->Summarize(0.5).log_z == Approx(std::log(z)));
  CHECK(all->Summarize(0.5).expected_tokens == Approx(tokens));
  for (const PieceOccurrence& one : all->Occurrences(0.5)) {
    CHECK(tokenizer.vocabulary().PieceBytes(one.id) ==
          text.substr(one.span.begin, one.span.end - one.span.begin));
    uses[one.id] -= one.probability;
  }
  for (const auto& [id, difference] : uses) CHECK(difference == Approx(0).margin(1e-9));

  const std::vector<DistinctSegmentation> some = all->SampleDistinct(5, 0.5, 7);
  REQUIRE(some.size() == 5);
  for (const DistinctSegmentation& one : some) {
    CHECK(distinct.erase(one.ids) == 1);
    CHECK((one.inclusion > 0 && one.inclusion <= 1));
  }
  CHECK(all->SampleDistinct(5, 0.5, 7)[4].ids == some[4].ids);
  const std::vector<DistinctSegmentation> every = all->SampleDistinct(1000, 0.5, 7);
  REQUIRE(every.size() == expected.size());
  for (const DistinctSegmentation& one : every) CHECK(one.inclusion == 1);
}

TEST_CASE("text is normalised, may be empty, and has a limit") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({{"\u00E9", 9}}, Normalization::kNfc));
  CHECK(Segmentations::Of(tokenizer, "e\u0301")->normalized() == "\u00E9");
  const absl::StatusOr<Segmentations> empty = Segmentations::Of(tokenizer, "");
  REQUIRE(empty.ok());
  REQUIRE(empty->NBest(9).size() == 1);
  CHECK(empty->NBest(9)[0].ids.empty());
  CHECK(empty->Occurrences(1).empty());
  const auto refused =
      Segmentations::Of(tokenizer, std::string(Segmentations::kMostBytes + 1, 'a'));
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(std::string(refused.status().message()), Contains("1048577 bytes"));
}

}  // namespace
}  // namespace bytepiece
