// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/cover_search.h"

#include <cmath>
#include <string>

#include "lm/continuation/log_add.h"
#include "tests/lm/continuation/brute_force_covers.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr double kSearchTolerance = 1e-9;

double BruteMass(const Toy& toy, const CoverQuery& query, const std::string& text) {
  double mass = 0;
  ForEachCover(toy, query.context, text,
               [&](const std::vector<TokenId>& tokens, const std::string&, double p) {
                 const auto first = toy.tokenizer.vocabulary().PieceBytes(tokens[0]);
                 if (first.size() < query.first_token) return;
                 if (!first.starts_with(query.bytes.substr(0, query.first_token))) return;
                 mass += p;
               });
  return mass;
}

CoverQuery RandomQuery(std::uint64_t seed, bool one_token) {
  CoverQuery query;
  query.context = {kBosId, 5, 8};
  query.bytes = ToyText(seed, 1 + seed % 8);
  query.position = one_token ? 1 : seed % (query.bytes.size() + 1);
  if (one_token) query.first_token = 1;
  return query;
}

TEST_CASE("sums over covers are those of all sequences, one by one") {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const CoverQuery query = RandomQuery(seed, seed % 4 == 3);
    const absl::StatusOr<CoverSums> sums =
        SumCovers(query, {.beam = 100000, .negligible = 0}, index, &toy.model);
    REQUIRE(sums.ok());
    REQUIRE(sums->log_missed == kLogZero);
    REQUIRE(sums->log_mass.size() == query.bytes.size() + 1);
    for (std::size_t j = 1; j <= query.bytes.size(); ++j) {
      REQUIRE(std::abs(std::exp(sums->log_mass[j]) -
                       BruteMass(toy, query, query.bytes.substr(0, j))) < kSearchTolerance);
    }
    // What follows the first `position` bytes: the same with a byte more.
    const double given = std::exp(sums->log_mass[query.position]);
    double all = sums->next[kEndOfText];
    for (int byte = 0; byte < 256; ++byte) {
      const std::string longer = query.bytes.substr(0, query.position) + static_cast<char>(byte);
      const double expected = BruteMass(toy, query, longer) / given;
      REQUIRE(std::abs(sums->next[static_cast<std::size_t>(byte)] - expected) < kSearchTolerance);
      all += expected;
    }
    // The text goes on or ends.
    REQUIRE(std::abs(all - 1) < kSearchTolerance);
  }
}

TEST_CASE("the covers of a query are those that its sums consist of") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const CoverQuery query = RandomQuery(seed, false);
    std::vector<Cover> covers;
    const absl::StatusOr<CoverSums> sums =
        SumCovers(query, {.beam = 100000, .negligible = 0}, index, &toy.model, &covers);
    REQUIRE(sums.ok());
    ByteDistribution next = {};
    const std::string start = query.bytes.substr(0, query.position);
    for (const Cover& cover : covers) {
      std::string bytes;
      TokenContext context = query.context;
      double p = 1;
      for (const TokenId token : cover.tokens) {
        p *= toy.model.Row(context)[static_cast<std::size_t>(token)];
        context = context.Then(token);
        if (token != kEosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
      }
      p /= std::exp(sums->log_mass[query.position]);
      REQUIRE(std::abs(p - cover.probability) < kSearchTolerance);
      REQUIRE(bytes.starts_with(start));
      const bool ends = cover.tokens.back() == kEosId;
      REQUIRE((bytes.size() > start.size()) != ends);
      next[ends ? kEndOfText : static_cast<unsigned char>(bytes[start.size()])] += p;
    }
    REQUIRE(TotalVariation(next, sums->next) < kSearchTolerance);
  }
}

TEST_CASE("what a narrow beam misses is no more than it says") {
  int missing = 0;
  for (std::uint64_t seed = 200; seed < 260; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    CoverQuery query = RandomQuery(seed, false);
    query.bytes = ToyText(seed, 9);
    const auto exact = SumCovers(query, {.beam = 100000, .negligible = 0}, index, &toy.model);
    const CoverSearchOptions narrow = {.beam = 1 + seed % 3, .negligible = seed % 2 ? 0.3 : 0};
    const auto sums = SumCovers(query, narrow, index, &toy.model);
    REQUIRE(exact.ok());
    REQUIRE(sums.ok());
    const auto mass = [](const CoverSums& of, std::size_t j) { return std::exp(of.log_mass[j]); };
    const double missed = std::exp(sums->log_missed);
    for (std::size_t j = 0; j < sums->log_mass.size(); ++j) {
      REQUIRE(mass(*sums, j) <= mass(*exact, j) + kSearchTolerance);
      REQUIRE(mass(*sums, j) + missed >= mass(*exact, j) - kSearchTolerance);
    }
    for (std::size_t byte = 0; byte < sums->next.size(); ++byte) {
      REQUIRE(sums->next[byte] * mass(*sums, query.position) + missed >=
              exact->next[byte] * mass(*exact, query.position) - kSearchTolerance);
    }
    missing +=
        mass(*sums, query.bytes.size()) < mass(*exact, query.bytes.size()) - kSearchTolerance;
  }
  REQUIRE(missing > 10);
}

TEST_CASE("a level is one evaluation") {
  Toy toy(1);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const auto sums = SumCovers({.context = {kBosId}, .bytes = "", .first_token = 0, .position = 0},
                              {}, index, &toy.model);
  REQUIRE(sums.ok());
  REQUIRE(toy.model.evaluations() == 1);
}

TEST_CASE("queries that make no sense are refused") {
  Toy toy(1);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const auto refused = [&](const CoverQuery& query) {
    return SumCovers(query, {}, index, &toy.model).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  REQUIRE(refused({.context = {}, .bytes = "a", .first_token = 0, .position = 0}));
  REQUIRE(refused({.context = {kBosId}, .bytes = "a", .first_token = 0, .position = 2}));
  REQUIRE(refused({.context = {kBosId}, .bytes = "ab", .first_token = 2, .position = 1}));
  TableModel small(259, {kEosId}, 0);
  REQUIRE(toy.tokenizer.vocab_size() > 259);
  REQUIRE(SumCovers({.context = {kBosId}, .bytes = "a", .first_token = 0, .position = 0}, {}, index,
                    &small)
              .status()
              .code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace bytepiece::lm
