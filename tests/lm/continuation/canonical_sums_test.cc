// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/canonical_sums.h"

#include <cmath>
#include <string>
#include <vector>

#include "tests/lm/continuation/brute_force_covers.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"

namespace bytepiece::lm {
namespace {

constexpr double kTolerance = 1e-9;

// The definition: over all sequences that Encode makes of the text and a byte more.
ByteDistribution BruteForce(const Toy& toy, const std::string& text) {
  ByteDistribution next = {};
  for (const char byte : std::string("abc\n")) {
    ForEachCover(toy, {kBosId}, text + byte,
                 [&](const std::vector<TokenId>& tokens, const std::string&, double p) {
                   if (IsCanonical(toy, tokens)) next[static_cast<unsigned char>(byte)] += p;
                 });
  }
  TokenContext context = {kBosId};
  double end = 1;
  for (const TokenId token : toy.tokenizer.Encode(text)) {
    end *= toy.model.Row(context)[static_cast<std::size_t>(token)];
    context = context.Then(token);
  }
  next[kEndOfText] = end * toy.model.Row(context)[kEosId];
  Normalize(&next);
  return next;
}

TEST_CASE("the canonical sum is that of all canonical sequences, one by one") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    CanonicalSums sums({}, &index, &toy.model);
    const std::string text = ToyText(seed, 7);
    // The same object goes on from text to text.
    for (std::size_t size = seed % 3; size <= text.size(); ++size) {
      const std::string start = text.substr(0, size);
      CAPTURE(start);
      sums.Append(std::string_view(start).substr(size == seed % 3 ? 0 : size - 1));
      const absl::StatusOr<ByteDistribution> next = sums.Next();
      REQUIRE(next.ok());
      REQUIRE(TotalVariation(*next, BruteForce(toy, start)) < kTolerance);
      REQUIRE(sums.missed() == 0);

      ByteDistribution of_covers = {};
      for (const Cover& cover : sums.Covers()) {
        std::string bytes;
        for (const TokenId token : sums.settled()) {
          if (token != kBosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        for (const TokenId token : cover.tokens) {
          if (token != kEosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        REQUIRE(bytes.starts_with(start));
        of_covers[cover.tokens.back() == kEosId ? kEndOfText
                                                : static_cast<unsigned char>(bytes[size])] +=
            cover.probability;
      }
      Normalize(&of_covers);
      REQUIRE(TotalVariation(*next, of_covers) < kTolerance);
    }
  }
}

TEST_CASE("what a depth leaves out is no more than it says") {
  int missing = 0;
  for (std::uint64_t seed = 300; seed < 420; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string text = ToyText(seed, 8);
    CanonicalSums sums({.depth = 0}, &index, &toy.model);
    sums.Append(text);
    const absl::StatusOr<ByteDistribution> next = sums.Next();
    REQUIRE(next.ok());
    const double distance = TotalVariation(*next, BruteForce(toy, text));
    REQUIRE(distance <= sums.missed() + kTolerance);
    missing += distance > 1e-6;
  }
  REQUIRE(missing > 3);
}

TEST_CASE("a long run of one letter neither underflows nor fails") {
  // Even and odd runs have no settled tokens but the first; a probability of the whole is no
  // double.
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({{"a", 1}, {"aa", 1000}, {"ab", 1000}}));
  const PrefixIndex index(&tokenizer.vocabulary());
  std::vector<TokenId> tokens = {kEosId};
  for (TokenId id = kFirstPieceId; id < tokenizer.vocab_size(); ++id) tokens.push_back(id);
  TableModel model(tokenizer.vocab_size(), tokens, 3);
  const auto next = [&](std::size_t depth, double* missed) {
    CanonicalSums sums({.depth = depth}, &index, &model);
    sums.Append(std::string(800, 'a'));
    const absl::StatusOr<ByteDistribution> found = sums.Next();
    REQUIRE(found.ok());
    *missed = sums.missed();
    return *found;
  };
  double none = 1, some = 0;
  const ByteDistribution exact = next(100000, &none);
  const ByteDistribution limited = next(20, &some);
  REQUIRE(none == 0);
  REQUIRE(some > 0);
  REQUIRE(TotalVariation(exact, limited) <= some + kTolerance);
}

}  // namespace
}  // namespace bytepiece::lm
