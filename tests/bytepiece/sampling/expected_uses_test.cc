// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/expected_uses.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/posterior.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

using Uses = std::map<std::int32_t, double>;

// All that is needed to ask. A scanner needs every single byte; those not given get -30.
struct Model {
  Model(std::vector<ScoredPiece> pieces, double alpha) : unigram(WithBytes(std::move(pieces))) {
    std::vector<std::string_view> keys;
    for (const ScoredPiece& piece : unigram.pieces()) keys.push_back(piece.bytes);
    std::vector<double> scores;
    for (const ScoredPiece& piece : unigram.pieces()) scores.push_back(piece.score);
    scanner = PieceScanner::Build(keys, scores);
    sets = WeightRows(scanner);
    weights = SamplingWeights(scores, alpha, &sets);
  }
  Model(const Model&) = delete;

  static std::vector<ScoredPiece> WithBytes(std::vector<ScoredPiece> pieces) {
    std::set<std::string> present;
    for (const ScoredPiece& piece : pieces) present.insert(piece.bytes);
    for (int byte = 0; byte < 256; ++byte) {
      const std::string one(1, static_cast<char>(byte));
      if (!present.contains(one)) pieces.push_back({one, -30});
    }
    return pieces;
  }

  Unigram unigram;
  PieceScanner scanner;
  WeightRows sets;
  SamplingWeights weights;
};

void AddExpected(const Model& model, std::string_view text, Uses* uses) {
  const Lattice lattice(model.unigram.view(), text);
  const Posterior posterior(lattice, model.weights.alpha());
  for (std::size_t i = 0; i < lattice.edges().size(); ++i) {
    (*uses)[lattice.edges()[i].value] += posterior.edge_probabilities()[i];
  }
}

struct Found {
  Uses uses;
  std::vector<bool> is_in;
};

Found FindUses(const Model& model, const std::vector<std::string>& texts, SamplingKernel kernel) {
  std::string all;
  std::vector<std::size_t> ends;
  for (const std::string& text : texts) {
    all += text;
    ends.push_back(all.size());
  }
  ExpectedUses expected(model.scanner, model.weights, kernel);
  Found found;
  expected.AddEach(all, ends, [&](std::size_t i, bool is_in) {
    REQUIRE(i == found.is_in.size());
    found.is_in.push_back(is_in);
  });
  const auto visit = [&](std::int32_t value, double uses) {
    REQUIRE(found.uses.insert({value, uses}).second);
  };
  expected.Take(visit);
  expected.Take(visit);  // nothing is left
  return found;
}

std::vector<SamplingKernel> Kernels() {
  std::vector<SamplingKernel> kernels = {SamplingKernel::kPortable};
  if (HasAvx512()) kernels.push_back(SamplingKernel::kAvx512);
  return kernels;
}

void CheckAgainstPosterior(const Model& model, const std::vector<std::string>& texts) {
  Uses expected;
  for (const std::string& text : texts) AddExpected(model, text, &expected);
  const Found portable = FindUses(model, texts, SamplingKernel::kPortable);
  for (const SamplingKernel kernel : Kernels()) {
    CAPTURE(model.weights.alpha());
    const Found found = FindUses(model, texts, kernel);
    REQUIRE(found.is_in == std::vector<bool>(texts.size(), true));
    REQUIRE(found.uses == portable.uses);
  }
  for (const auto& [value, uses] : portable.uses) REQUIRE(expected.contains(value));
  for (const auto& [value, uses] : expected) {
    CAPTURE(model.unigram.pieces()[value].bytes, model.weights.alpha());
    const auto found = portable.uses.find(value);
    REQUIRE((found == portable.uses.end() ? 0 : found->second) ==
            Approx(uses).margin(1e-6).epsilon(1e-6));
  }
}

TEST_CASE("uses are the posterior's probabilities of edges") {
  RandomText random(77);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    std::vector<ScoredPiece> pieces = RandomUnigram("abc", 12, round % 2 == 0, &random).pieces();
    pieces.push_back({"abcabcabcabc", -2.5});  // out of the row
    const double alpha = 0.5 * static_cast<double>(random.Below(6));
    const Model model(pieces, alpha);
    std::vector<std::string> texts;
    for (int i = 0; i < 8; ++i) texts.push_back(random.Over("abc", 1 + random.Below(60)));
    texts.push_back("abcabcabcabcabcabcabcabc");
    texts.push_back(random.Over("abcd", 20));  // bytes of little weight
    CheckAgainstPosterior(model, texts);
  }
}

TEST_CASE("uses do not change with the unit of the totals, nor with blocks") {
  RandomText random(78);
  for (const double alpha : {0.0, 0.5, 1.0}) {
    // Up to 25 nats a byte down and 20 up: the unit changes every few dozen bytes.
    const Model model({{"a", -10},
                       {"b", -25},
                       {"abcabcabcabc", -60},
                       {"bbbbbbbbbbbbbbbbbbbb", -100},
                       {"c", 20},
                       {"ca", 5}},
                      alpha);
    CheckAgainstPosterior(model, {random.Over("abc", 900), std::string(300, 'b'), "a"});
    if (alpha == 1.0) continue;  // somewhere in a long one is what doubles cannot tell
    CheckAgainstPosterior(model, {random.Over("abc", 5), random.Over("abc", 3 * kFilterBlock + 7),
                                  random.Over("ab", kFilterBlock), random.Over("ab", 9)});
  }
}

// Slices of documents are handed over as threads come by them.
TEST_CASE("what is added does not depend on the strings around it, to the bit") {
  RandomText random(79);
  const Model model(RandomUnigram("abcd", 40, false, &random).pieces(), 1.0);
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back(random.Over("abcd", 1 + random.Below(1500)));
  std::string all;
  std::vector<std::size_t> ends;
  for (const std::string& text : texts) {
    all += text;
    ends.push_back(all.size());
  }
  ExpectedUses together(model.scanner, model.weights);
  together.AddEach(all, ends, [&](std::size_t i, bool) {
    Uses one;
    together.Take([&](std::int32_t value, double uses) { one[value] = uses; });
    REQUIRE(one == FindUses(model, {texts[i]}, SamplingKernel::kPortable).uses);
  });
}

TEST_CASE("a string that doubles cannot tell is named and adds nothing") {
  const Model model({{"a", -1}, {"b", -2}, {"ab", -2}}, 40);
  const std::string low(70, '\x01');  // 40 x 30 nats a byte
  for (const SamplingKernel kernel : Kernels()) {
    const Found found = FindUses(model, {"abab", low, "ba", std::string(40'000, '\x01')}, kernel);
    CHECK(found.is_in == std::vector<bool>{true, false, true, false});
    CHECK(found.uses == FindUses(model, {"abab", "ba"}, kernel).uses);
  }
}

// A piece of infinite weight, and what a kernel writes of it beside the string.
TEST_CASE("a string that is not in leaves its neighbours as they are") {
  const Model model({{"bc", 300}, {"e", -1}}, 1);
  for (const SamplingKernel kernel : Kernels()) {
    ExpectedUses expected(model.scanner, model.weights, kernel);
    const auto uses_of_e = [&](const std::string& text, const std::vector<std::size_t>& ends) {
      std::vector<bool> is_in;
      expected.AddEach(text, ends, [&](std::size_t, bool in) { is_in.push_back(in); });
      if (ends.size() == 3) CHECK(is_in == std::vector<bool>{true, false, true});
      double uses = 0;
      expected.Take([&](std::int32_t value, double n) {
        if (model.unigram.pieces()[value].bytes == "e") uses = n;
      });
      return uses;
    };
    CHECK(uses_of_e("ezabce", {1, 5, 6}) == 2);
    CHECK(uses_of_e("eeeeeeee", {8}) == 8);
  }
}

TEST_CASE("long strings of any size are in, whose unit changes near their end, too") {
  const Model model({{"q", -12}, {std::string(36, 'r'), -1}}, 1);
  for (const std::size_t more : {0, 1, 3, 35, 36, 37, 40, 16384, 16387}) {
    CAPTURE(more);
    CheckAgainstPosterior(model, {std::string(kFilterBlock + more, 'q')});
  }
}

TEST_CASE("uses may be added by hand, too") {
  const Model model({{"a", -1}, {"ab", -1}, {"b", -1}}, 1);
  ExpectedUses expected(model.scanner, model.weights);
  expected.Add(0, 2);
  expected.Add(0, 1);
  const std::vector<std::size_t> ends = {1};
  expected.AddEach("a", ends, [](std::size_t, bool) {});
  Uses uses;
  expected.Take([&](std::int32_t value, double number) { uses[value] = number; });
  CHECK(uses == Uses{{0, 4}});
}

}  // namespace
}  // namespace bytepiece
