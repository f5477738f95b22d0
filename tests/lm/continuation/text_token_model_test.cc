// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/text_token_model.h"

#include <cmath>
#include <vector>

#include "lm/continuation/continuation_method.h"
#include "lm/continuation/harness.h"
#include "tests/lm/continuation/table_model.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// The toy's model with half of all probability on ids that stand for no text.
class WastefulModel : public TokenModel {
 public:
  explicit WastefulModel(const TableModel* model) : model_(*model) {}
  std::int64_t vocab_size() const override { return model_.vocab_size() + 2; }
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override {
    probabilities->clear();
    for (const TokenContext& context : contexts) {
      std::vector<double> row = model_.Row(context);
      for (double& p : row) p /= 2;
      row[kPadId] = 0.1;
      row[kBosId] = 0.1;
      row.insert(row.end(), {0.2, 0.1});
      probabilities->insert(probabilities->end(), row.begin(), row.end());
    }
    return absl::OkStatus();
  }
  std::int64_t evaluations() const override { return 0; }

 private:
  const TableModel& model_;
};

TEST_CASE("ids that stand for no text change nothing, by every method") {
  Toy toy(12);
  WastefulModel wasteful(&toy.model);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const std::string text = ToyText(12, 12);
  for (const std::string name : {"naive", "back-off-1", "back-off-2", "exact", "full"}) {
    CAPTURE(name);
    ContinuationMethod plain(*ParseMethod(name), &toy.tokenizer, &index, &toy.model);
    ContinuationMethod method(*ParseMethod(name), &toy.tokenizer, &index, &wasteful);
    const auto expected = plain.LogProbabilities(text.substr(0, 8), text.substr(8));
    const auto found = method.LogProbabilities(text.substr(0, 8), text.substr(8));
    REQUIRE(expected.ok());
    REQUIRE(found.ok());
    for (std::size_t i = 0; i < found->size(); ++i) {
      REQUIRE(std::abs((*found)[i] - (*expected)[i]) < 1e-9);
    }
    REQUIRE(plain.most_not_text() == 0);
    REQUIRE(std::abs(method.most_not_text() - 0.5) < 1e-12);
    // Every token of the likeliest continuation adds to it: this ends.
    REQUIRE(*GreedyContinuation(&method, text.substr(0, 8), 6, toy.tokenizer, &wasteful) ==
            *GreedyContinuation(&plain, text.substr(0, 8), 6, toy.tokenizer, &toy.model));
  }
}

TEST_CASE("a model without any text, or without all of the vocabulary, is refused") {
  Toy toy(1);
  std::vector<double> row;
  TableModel only_bos(toy.tokenizer.vocab_size(), {kBosId}, 0);
  REQUIRE(TextTokenModel(&toy.tokenizer.vocabulary(), &only_bos).Next({{kBosId}}, &row).code() ==
          absl::StatusCode::kDataLoss);
  TableModel small(259, {kEosId}, 0);
  REQUIRE(TextTokenModel(&toy.tokenizer.vocabulary(), &small).Next({{kBosId}}, &row).code() ==
          absl::StatusCode::kInvalidArgument);
}

TEST_CASE("an impossible prompt is told, and does not end the others") {
  Toy toy(4);
  // No token of more than a byte, so that no text that the tokenizer joins is possible.
  std::vector<TokenId> bytes = {kEosId};
  for (const TokenId id : toy.model.tokens()) {
    if (id != kEosId && toy.tokenizer.vocabulary().PieceBytes(id).size() == 1) bytes.push_back(id);
  }
  TableModel model(toy.tokenizer.vocab_size(), bytes, 4);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const auto prompts = MakePrompts(
      {ToyText(1, 300)},
      {.prompts = 12, .longest_prompt = 12, .shortest_prompt = 4, .next_bytes = 4}, toy.tokenizer);
  REQUIRE(prompts.ok());
  const auto scores = ScorePrompts(*prompts, {.methods = {"naive", "exact"}, .reference = "naive"},
                                   toy.tokenizer, index, &model);
  REQUIRE(scores.ok());
  std::size_t impossible = 0;
  for (const MethodScores& method : *scores) {
    impossible += method.method == "exact" ? method.NumImpossible() : 0;
    REQUIRE(std::isfinite(method.Mean(&PromptScore::next, 0).mean));
    REQUIRE(std::isfinite(method.Median(&PromptScore::next)));
  }
  REQUIRE(impossible > 0);
}

}  // namespace
}  // namespace bytepiece::lm
