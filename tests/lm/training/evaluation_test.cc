// SPDX-License-Identifier: Apache-2.0
#include "lm/training/evaluation.h"

#include <cmath>

#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"

namespace bytepiece::lm {
namespace {

std::shared_ptr<Transformer> SmallModel(std::int64_t vocab_size) {
  ModelConfig config = {.vocab_size = vocab_size, .width = 8, .layers = {LayerConfig()}};
  config.layers[0].heads = 2;
  return *Transformer::Create(config, 3);
}

TEST_CASE("loss and accuracy count targets, not padding") {
  const torch::Tensor logits = torch::tensor({{{0.0, 1.0, 0.0}, {2.0, 0.0, 0.0}, {9.0, 0.0, 0.0}}});
  const torch::Tensor targets = torch::tensor({{1, 2, -1}}, torch::kLong);
  const double expected = std::log(std::exp(1) + 2) - 1 + std::log(std::exp(2) + 2);
  CHECK(SummedLoss(logits, targets).item<double>() == Approx(expected));
  CHECK(CountCorrect(logits, targets) == 1);
}

TEST_CASE("evaluation is the plain sum over stretches") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({{"ab", 5}}));
  const auto model = SmallModel(tokenizer.vocab_size());
  const TokenId ab = tokenizer.Encode("ab")[0], c = tokenizer.Encode("c")[0];
  const auto corpus = HoldTokens({{ab, c, c, ab, kEosId}, {c, kEosId}});
  const auto evaluation =
      Evaluate(*corpus, TokenBytes(tokenizer), {.rows = 2, .length = 3}, model.get());
  REQUIRE(evaluation.ok());
  const torch::NoGradGuard no_grad;
  double nats = 0;
  const std::vector<std::vector<std::int64_t>> rows = {
      {kBosId, ab, c, c}, {c, ab, kEosId}, {kBosId, c, kEosId}};
  for (const auto& row : rows) {
    const torch::Tensor ids = torch::tensor(row, torch::kLong).unsqueeze(0);
    const torch::Tensor p =
        torch::log_softmax(model->forward(ids.slice(1, 0, ids.size(1) - 1)), -1);
    for (std::int64_t t = 0; t + 1 < ids.size(1); ++t) {
      nats -= p[0][t][row[static_cast<std::size_t>(t) + 1]].item<double>();
    }
  }
  CHECK(evaluation->nats == Approx(nats).epsilon(1e-5));
  CHECK(evaluation->tokens == 7);
  CHECK(evaluation->bytes == 7);  // ab c c ab, c
  CHECK(evaluation->bits_per_byte() == Approx(nats / 7 / std::log(2)).epsilon(1e-5));
  CHECK(evaluation->loss() == Approx(nats / 7).epsilon(1e-5));
  CHECK(model->is_training());
}

TEST_CASE("a limit takes stretches from all over the text") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({}));
  const auto model = SmallModel(tokenizer.vocab_size());
  const auto corpus = HoldTokens({std::vector<TokenId>(1000, 5)});
  const auto some =
      Evaluate(*corpus, TokenBytes(tokenizer), {.length = 10, .max_tokens = 100}, model.get());
  CHECK(some->tokens == 100);
  const auto least =
      Evaluate(*corpus, TokenBytes(tokenizer), {.length = 10, .max_tokens = 1}, model.get());
  CHECK(least->tokens == 10);
  CHECK_FALSE(Evaluate(*HoldTokens({}), TokenBytes(tokenizer), {}, model.get()).ok());
}

TEST_CASE("an evaluation tells how far it is, and ends when it is told to") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel({}));
  const auto model = SmallModel(tokenizer.vocab_size());
  const auto corpus = HoldTokens({{5, 6, 7, 8, kEosId}, {9, kEosId}, {9, kEosId}});
  std::vector<double> told;
  EvaluationOptions options = {.rows = 1, .length = 4, .progress = [&](double share) {
                                 told.push_back(share);
                                 return told.size() < 3;
                               }};
  const auto ended = Evaluate(*corpus, TokenBytes(tokenizer), options, model.get());
  CHECK(ended.status().code() == absl::StatusCode::kCancelled);
  CHECK(told == std::vector<double>{0, 0.25, 0.5});
  CHECK(model->is_training());
}

}  // namespace
}  // namespace bytepiece::lm
