// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/options.h"

#include <functional>
#include <limits>
#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::string Error(const std::function<void(TrainerSpec*)>& change) {
  TrainerSpec spec;
  change(&spec);
  return std::string(ValidateTrainerSpec(spec).message());
}

TEST_CASE("the defaults and the limits themselves are allowed") {
  CHECK(Error([](TrainerSpec*) {}) == "");
  CHECK(Error([](TrainerSpec* s) { s->order = 2; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->order = 7; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->vocab_sizes = {259, 1 << 30}; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->max_piece_length = 1; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->max_piece_length = 1024; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->min_count = 1; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->prune_while_counting = 2; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->character_coverage = 0; }) == "");
  CHECK(Error([](TrainerSpec* s) { s->character_coverage = 1; }) == "");
}

TEST_CASE("beyond a limit the message names value, limit and option") {
  CHECK_THAT(Error([](TrainerSpec* s) { s->order = 1; }),
             Contains("order 1 is outside 2..7; change --order"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->order = 8; }), Contains("order 8"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->max_piece_length = 0; }),
             Contains("maximal piece length 0 is outside 1..1024; change --max-piece-length"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->max_piece_length = 65536; }), Contains("65536"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->min_count = 0; }),
             Contains("minimal count 0 is outside 1..1000000000000; change --min-count"));
  for (const std::int64_t threshold : {-1, 1}) {
    CHECK_THAT(Error([&](TrainerSpec* s) { s->prune_while_counting = threshold; }),
               Contains("give --prune-while-counting 2 or more, or 0"));
  }
  CHECK_THAT(Error([](TrainerSpec* s) { s->prune_every = 0; }), Contains("raise --prune-every"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->character_coverage = 99.95; }),
             Contains("character coverage 99.95 is outside 0..1; change --character-coverage"));
  CHECK_THAT(Error([](TrainerSpec* s) {
               s->character_coverage = std::numeric_limits<double>::quiet_NaN();
             }),
             Contains("is outside 0..1"));
  CHECK_THAT(Error([](TrainerSpec* s) {
               s->method = TrainingMethod::kGrow;
               s->soft_counts = true;
               s->max_piece_length = 256;
             }),
             Contains("at most 255 bytes; lower --max-piece-length, or leave out --soft-counts"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->grow_sample = 1; }), Contains("raise --grow-sample to"));
  CHECK_THAT(Error([](TrainerSpec* s) {
               s->vocab_sizes = {100'000};
               s->grow_sample = 97 << 20;
             }),
             Contains("to choose 100000 tokens by; raise --grow-sample to 98M"));
  CHECK(Error([](TrainerSpec* s) { s->grow_sample = 16 << 20; }).empty());
  CHECK_THAT(Error([](TrainerSpec* s) { s->pad_vocab_to = 0; }), Contains("--pad-vocab-to"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->vocab_sizes = {}; }), Contains("no vocabulary size"));
  CHECK_THAT(
      Error([](TrainerSpec* s) {
        s->vocab_sizes = {8000, 258};
      }),
      Contains("vocabulary size 258 is below 259 (256 bytes + 3 control and special tokens); "
               "raise --vocab-size"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->vocab_sizes = {(std::int64_t{1} << 30) + 1}; }),
             Contains("above 2^30"));
}

TEST_CASE("special tokens raise the least size and must be proper") {
  CHECK(Error([](TrainerSpec* s) {
          s->vocab_sizes = {260};
          s->special_tokens = {"<|a|>"};
        }) == "");
  CHECK_THAT(Error([](TrainerSpec* s) {
               s->vocab_sizes = {260};
               s->special_tokens = {"<|a|>", "<|b|>"};
             }),
             Contains("260 is below 261 (256 bytes + 5 control and special tokens)"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->special_tokens = {""}; }), Contains("empty"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->special_tokens = {"\xFF"}; }), Contains("UTF-8"));
  CHECK_THAT(Error([](TrainerSpec* s) {
               s->special_tokens = {"<x>", "<x>"};
             }),
             Contains("\"<x>\" is given twice"));
  CHECK_THAT(Error([](TrainerSpec* s) { s->special_tokens = {"<bos>"}; }), Contains("<bos>"));
}

TEST_CASE("a token that goes on after a line's end can be plain text alone") {
  const auto error = [](const std::string& token, SpecialTokenText text) {
    return Error([&](TrainerSpec* s) {
      s->special_tokens = {token};
      s->special_token_text = text;
    });
  };
  CHECK_THAT(error("\n\nHuman:", SpecialTokenText::kBoundary),
             Contains("\"\\n\\nHuman:\" goes on after the end of a line") &&
                 Contains("give --special-token-text plain"));
  CHECK(error("\n\nHuman:", SpecialTokenText::kPlain) == "");
  CHECK(error("\n\n", SpecialTokenText::kBoundary) == "");
  CHECK(error("<end>\n", SpecialTokenText::kBoundary) == "");
}

TEST_CASE("counting does not look at the vocabulary's options") {
  TrainerSpec spec;
  spec.vocab_sizes = {1};
  CHECK(ValidateCountingSpec(spec).ok());
  spec.min_count = 0;
  CHECK_FALSE(ValidateCountingSpec(spec).ok());
  spec.min_count = 1;
  spec.special_tokens = {"<eos>"};
  CHECK_FALSE(ValidateCountingSpec(spec).ok());
}

TEST_CASE("threads: as asked, else the cores") {
  CHECK(EffectiveThreads(7) == 7);
  CHECK(EffectiveThreads(0) >= 1);
  CHECK(EffectiveThreads(-3) == EffectiveThreads(0));
}

class SourceWithUnit : public VectorSource {
 public:
  explicit SourceWithUnit(std::int64_t unit) : VectorSource({}), unit_(unit) {}
  std::int64_t unit() const override { return unit_; }

 private:
  std::int64_t unit_;
};

TEST_CASE("the unit of weights has a range, so that thresholds in that unit fit") {
  for (const std::int64_t unit : {std::int64_t{1}, kMaxWeightUnit}) {
    CHECK(ValidateWeights(SourceWithUnit(unit)).ok());
  }
  for (const std::int64_t unit : {std::int64_t{0}, std::int64_t{-3}, kMaxWeightUnit + 1}) {
    CHECK_THAT(std::string(ValidateWeights(SourceWithUnit(unit)).message()),
               Contains("the unit 1/" + std::to_string(unit) + " of the weights is outside"));
  }
}

}  // namespace
}  // namespace bytepiece
