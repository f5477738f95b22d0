// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continuation_method.h"

#include <cmath>
#include <map>
#include <string>

#include "tests/lm/continuation/brute_force_covers.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr double kMethodTolerance = 1e-9;

MethodOptions Method(const std::string& name) {
  absl::StatusOr<MethodOptions> options = ParseMethod(name);
  REQUIRE(options.ok());
  options->search = {.beam = 100000, .negligible = 0};
  return *options;
}

const char* const kNames[] = {"naive",      "back-off-1", "back-off-2", "back-off-adaptive",
                              "back-off-9", "exact",      "full"};

TEST_CASE("log probabilities are the product of next bytes, by every method") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string text = ToyText(seed, 9);
    for (const std::string name : kNames) {
      CAPTURE(seed, name);
      const std::string prompt = text.substr(0, 5);
      ContinuationMethod method(Method(name), &toy.tokenizer, &index, &toy.model);
      const auto logs = method.LogProbabilities(prompt, text.substr(5));
      const auto next = method.NextByte(prompt);
      const auto first = method.First(prompt);
      REQUIRE(logs.ok());
      REQUIRE(next.ok());
      REQUIRE(first.ok());
      REQUIRE(logs->size() == 4);
      REQUIRE(std::abs((*logs)[0] - std::log((*next)[static_cast<unsigned char>(text[5])])) <
              kMethodTolerance);
      if (name == "exact") {
        // Each byte from the distribution after those before it.
        double log = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          const auto after = method.NextByte(text.substr(0, 5 + i));
          REQUIRE(after.ok());
          log += std::log((*after)[static_cast<unsigned char>(text[5 + i])]);
          REQUIRE(std::abs((*logs)[i] - log) < kMethodTolerance);
        }
      }
      // The first tokens say the same about the next byte.
      ByteDistribution of_covers = {};
      for (const Cover& cover : first->covers) {
        std::string bytes;
        for (const TokenId token : first->context) {
          if (token != kBosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        for (const TokenId token : cover.tokens) {
          if (token != kEosId) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
        }
        REQUIRE(bytes.starts_with(prompt));
        of_covers[cover.tokens.back() == kEosId
                      ? kEndOfText
                      : static_cast<unsigned char>(bytes[prompt.size()])] += cover.probability;
      }
      REQUIRE(TotalVariation(of_covers, *next) < kMethodTolerance);
    }
  }
}

TEST_CASE("full is the sum over all segmentations of the prompt") {
  for (std::uint64_t seed = 20; seed < 50; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string prompt = ToyText(seed, 5);
    ContinuationMethod method(Method("full"), &toy.tokenizer, &index, &toy.model);
    const auto next = method.NextByte(prompt);
    REQUIRE(next.ok());
    const auto mass = [&](const std::string& text) {
      double sum = 0;
      ForEachCover(toy, {kBosId}, text, [&](const auto&, const auto&, double p) { sum += p; });
      return sum;
    };
    for (const char byte : std::string("abc\n")) {
      REQUIRE(std::abs((*next)[static_cast<unsigned char>(byte)] -
                       mass(prompt + byte) / mass(prompt)) < kMethodTolerance);
    }
  }
}

TEST_CASE("back-off-1 asks for one token that begins with the last one's bytes") {
  for (std::uint64_t seed = 60; seed < 80; ++seed) {
    CAPTURE(seed);
    Toy toy(seed);
    const PrefixIndex index(&toy.tokenizer.vocabulary());
    const std::string prompt = ToyText(seed, 6);
    ContinuationMethod method(Method("back-off-1"), &toy.tokenizer, &index, &toy.model);
    const auto first = method.First(prompt);
    REQUIRE(first.ok());
    const std::vector<TokenId> tokens = toy.tokenizer.Encode(prompt);
    TokenContext context = {kBosId};
    context.insert(context.end(), tokens.begin(), tokens.end() - 1);
    REQUIRE(first->context == context);

    const std::string last(toy.tokenizer.vocabulary().PieceBytes(tokens.back()));
    const std::vector<double> row = toy.model.Row(context);
    double sum = 0;
    std::map<std::vector<TokenId>, double> longer;
    for (const TokenId id : index.Pieces(last)) {
      sum += row[static_cast<std::size_t>(id)];
      if (id != tokens.back()) longer[{id}] = row[static_cast<std::size_t>(id)];
    }
    double same = 0;  // the last token after all, and one more
    for (const Cover& cover : first->covers) {
      if (cover.tokens.size() == 1) {
        REQUIRE(std::abs(cover.probability - longer.at(cover.tokens) / sum) < kMethodTolerance);
        longer.erase(cover.tokens);
      } else {
        REQUIRE(cover.tokens.size() == 2);
        REQUIRE(cover.tokens[0] == tokens.back());
        same += cover.probability;
      }
    }
    for (const auto& [id, p] : longer) REQUIRE(p == 0);
    REQUIRE(std::abs(same - row[static_cast<std::size_t>(tokens.back())] / sum) < kMethodTolerance);
  }
}

TEST_CASE("names of methods") {
  REQUIRE(ParseMethod("back-off-12")->tokens == 12);
  REQUIRE(ParseMethod("back-off-adaptive")->kind == MethodKind::kAdaptive);
  for (const char* name : {"", "back-off-0", "back-off-", "back-off--1", "Naive", "beam"}) {
    CAPTURE(name);
    REQUIRE_FALSE(ParseMethod(name).ok());
  }
}

}  // namespace
}  // namespace bytepiece::lm
