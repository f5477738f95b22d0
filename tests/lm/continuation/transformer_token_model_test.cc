// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/transformer_token_model.h"

#include <random>

#include "lm/continuation/context_cache.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kLogits = 13;
constexpr std::int64_t kVocabulary = 11;

std::shared_ptr<Transformer> MakeModel() {
  ModelConfig config = {.vocab_size = kLogits, .width = 8, .layers = {}};
  LayerConfig layer;
  layer.heads = 2;
  config.layers.push_back(layer);
  layer.mixer = MixerKind::kWindow;
  layer.window = 4;
  layer.inference_positions = {.kind = PositionKind::kReRope, .window = 3};
  config.layers.push_back(layer);
  layer = {};
  layer.mixer = MixerKind::kRecurrent;
  layer.recurrence.kind = RecurrenceKind::kLinear;
  layer.heads = 2;
  config.layers.push_back(layer);
  auto model = Transformer::Create(config, 3);
  REQUIRE(model.ok());
  (*model)->to(torch::kDouble);
  // Logits far apart, so that a mistake shows.
  for (torch::Tensor& parameter : (*model)->parameters()) {
    const torch::NoGradGuard no_grad;
    parameter.mul_(1.5);
  }
  return *model;
}

std::unique_ptr<TransformerTokenModel> Make(const std::shared_ptr<Transformer>& model,
                                            std::int64_t memory = 1 << 30) {
  auto made = TransformerTokenModel::Create(model, kVocabulary, {.memory = memory});
  REQUIRE(made.ok());
  return *std::move(made);
}

// Each context by itself, through all of the model.
double Disagreement(Transformer* model, const std::vector<TokenContext>& contexts,
                    const std::vector<double>& probabilities) {
  const torch::NoGradGuard no_grad;
  REQUIRE(probabilities.size() == contexts.size() * kVocabulary);
  model->eval();
  double worst = 0;
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    const std::vector<TokenId> tokens = contexts[i].Tokens();
    const torch::Tensor ids =
        torch::tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end()), torch::kLong);
    const torch::Tensor expected =
        torch::softmax(model->forward(ids.unsqueeze(0))[0][-1].slice(0, 0, kVocabulary), 0);
    const torch::Tensor got = torch::tensor(
        std::vector<double>(
            probabilities.begin() + static_cast<std::ptrdiff_t>(i * kVocabulary),
            probabilities.begin() + static_cast<std::ptrdiff_t>((i + 1) * kVocabulary)),
        torch::kDouble);
    worst = std::max(worst, MaxDifference(got, expected));
    worst = std::max(worst, std::abs(got.sum().item<double>() - 1));
  }
  return worst;
}

// Contexts as searches ask for them: a few texts, cut and gone on with at random.
class RandomCalls {
 public:
  explicit RandomCalls(std::uint64_t seed) : random_(seed) {}

  std::vector<TokenContext> Next() {
    std::vector<TokenContext> contexts;
    const std::size_t count = 1 + random_() % 8;
    for (std::size_t i = 0; i < count; ++i) {
      TokenContext context = {kBosId};
      if (!asked_.empty() && random_() % 8 != 0) context = asked_[random_() % asked_.size()];
      if (random_() % 4 == 0) {
        for (std::size_t left = random_() % context.size(); left > 0; --left) {
          context = context.Parent();
        }
      }
      // Now and then one that shares no node with what was asked before.
      if (random_() % 4 == 0) context = TokenContext(context.Tokens());
      for (std::size_t added = random_() % 4; added > 0; --added) {
        context = context.Then(static_cast<TokenId>(random_() % 3));
      }
      contexts.push_back(context);
      asked_.push_back(context);
    }
    return contexts;
  }

 private:
  std::mt19937_64 random_;
  std::vector<TokenContext> asked_;
};

TEST_CASE("answers are those of the whole model, whatever was asked before") {
  const auto model = MakeModel();
  // With little memory nearly nothing is kept, and sets of contexts fall into parts.
  for (const std::int64_t memory : {1 << 30, 20000, 1}) {
    const auto token_model = Make(model, memory);
    RandomCalls calls(7);
    std::vector<double> probabilities;
    for (int call = 0; call < 25; ++call) {
      const std::vector<TokenContext> contexts = calls.Next();
      REQUIRE(token_model->Next(contexts, &probabilities).ok());
      CAPTURE(memory, call);
      CHECK(Disagreement(model.get(), contexts, probabilities) < 1e-9);
    }
  }
}

TEST_CASE("the same calls give the same bits") {
  const auto model = MakeModel();
  const auto a = Make(model), b = Make(model);
  RandomCalls calls(8);
  std::vector<double> of_a, of_b;
  for (int call = 0; call < 20; ++call) {
    const std::vector<TokenContext> contexts = calls.Next();
    REQUIRE(a->Next(contexts, &of_a).ok());
    REQUIRE(b->Next(contexts, &of_b).ok());
    CHECK(of_a == of_b);
  }
  CHECK(a->evaluations() == b->evaluations());
}

// The passes of each call in turn.
std::vector<std::int64_t> Costs(TransformerTokenModel* model,
                                const std::vector<std::vector<TokenContext>>& calls) {
  std::vector<std::int64_t> costs;
  std::vector<double> probabilities;
  for (const std::vector<TokenContext>& call : calls) {
    const std::int64_t before = model->evaluations();
    REQUIRE(model->Next(call, &probabilities).ok());
    costs.push_back(model->evaluations() - before);
  }
  return costs;
}

TEST_CASE("a call costs as few passes as promised") {
  const TokenContext p(std::vector<TokenId>(20, 5));
  const auto then = [&](const std::vector<TokenId>& end) { return p.Then(end); };
  const TokenId a = 3, b = 4, c = 6, d = 7;
  const auto model = MakeModel();
  // The example of the header.
  CHECK(Costs(Make(model).get(), {{p, then({a}), then({b}), then({a, c})},
                                  {then({a, d}), then({b, a})},
                                  {then({a, c, b}), then({a, d, b})},
                                  {then({a, d, b}), p}}) == std::vector<std::int64_t>{3, 1, 2, 0});
  // What is shared is computed once, and kept; the same context twice is one.
  CHECK(
      Costs(Make(model).get(),
            {{then({a}), then({b}), then({b})}, {then({a, b}), then({b, b})}, {p}, {then({c})}}) ==
      std::vector<std::int64_t>{2, 1, 0, 1});
  // A beginning that saves nothing gets no pass of its own.
  CHECK(Costs(Make(model).get(), {{p}, {then({a, b, c}), then({a, b, d})}, {then({a, b})}}) ==
        std::vector<std::int64_t>{1, 1, 1});
  // Generation: a step a token.
  CHECK(Costs(Make(model).get(), {{p}, {then({a})}, {then({a, b})}, {then({a, b, b})}}) ==
        std::vector<std::int64_t>{1, 1, 1, 1});
}

TEST_CASE("what is forgotten is computed anew") {
  const auto token_model = Make(MakeModel());
  std::vector<double> first, again;
  REQUIRE(token_model->Next({{1, 4, 5}}, &first).ok());
  REQUIRE(token_model->Next({{1, 4, 5}}, &again).ok());
  CHECK(token_model->evaluations() == 1);
  token_model->Forget();
  REQUIRE(token_model->Next({{1, 4, 5}}, &again).ok());
  CHECK(token_model->evaluations() == 2);
  CHECK(again == first);
}

TEST_CASE("what was used longest ago is dropped") {
  const auto pass = [](TokenContext context) {
    ContextPass made;
    made.length = static_cast<std::int64_t>(context.size());
    made.contexts = {std::move(context)};
    made.bytes = 10;
    return made;
  };
  ContextCache cache(30);
  CHECK(cache.Longest({1, 2}).length() == 0);
  cache.Keep(pass({1}));
  cache.Keep(pass({1, 2}));
  cache.Keep(pass({1, 3}));
  CHECK(cache.Longest({1, 2, 5}).length() == 2);
  CHECK(cache.Longest({1, 5}).length() == 1);
  cache.Keep(pass({2}));  // {1, 3} goes
  CHECK(cache.Longest({1, 3}).length() == 1);
  CHECK(cache.Longest({1, 2}).length() == 2);
  ContextPass large = pass({4, 4});
  large.bytes = 1000;
  cache.Keep(std::move(large));
  CHECK(cache.Longest({4, 4, 4}).length() == 2);
  CHECK(cache.Longest({1, 2}).length() == 0);
  cache.Clear();
  CHECK(cache.Longest({4, 4, 4}).length() == 0);
}

TEST_CASE("contexts and vocabularies that do not fit are refused") {
  const auto model = MakeModel();
  CHECK_FALSE(TransformerTokenModel::Create(model, kLogits + 1).ok());
  CHECK_FALSE(TransformerTokenModel::Create(model, 0).ok());
  const auto token_model = Make(model);
  std::vector<double> probabilities;
  CHECK_FALSE(token_model->Next({TokenContext()}, &probabilities).ok());
  CHECK_FALSE(token_model->Next({{1, -1}}, &probabilities).ok());
  CHECK(token_model->Next({{1}, {1, kVocabulary}}, &probabilities).message() ==
        "token id 11 of a context is not in [0, 11), the vocabulary");
  CHECK(token_model->Next({}, &probabilities).ok());
  CHECK(probabilities.empty());
  CHECK(token_model->evaluations() == 0);
  const torch::NoGradGuard no_grad;
  model->parameters()[0].fill_(std::nan(""));
  CHECK(token_model->Next({{1}}, &probabilities).code() == absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace bytepiece::lm
