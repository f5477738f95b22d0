// SPDX-License-Identifier: Apache-2.0
#include "lm/extrapolation/length_scores.h"

#include "lm/training/evaluation.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kIds = 13;

std::shared_ptr<Transformer> ScoredModel() {
  LayerConfig layer;
  layer.heads = 2;
  return *Transformer::Create({.vocab_size = kIds, .width = 8, .layers = {layer, layer}}, 3);
}

std::vector<TokenId> SomeIds(std::size_t count, TokenId first) {
  std::vector<TokenId> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(3 + (first + static_cast<TokenId>(i * i)) % (kIds - 3));
  }
  return ids;
}

TEST_CASE("stretches are whole, evenly spread, and of long documents alone") {
  const auto corpus = HoldTokens({SomeIds(9, 1), SomeIds(40, 2), SomeIds(21, 3)});
  const auto all = NaturalStretches(corpus, 10, 1000);
  REQUIRE(all.ok());
  const std::vector<Row> expected = {{1, 0, 10},  {1, 10, 20}, {1, 20, 30},
                                     {1, 30, 40}, {2, 0, 10},  {2, 10, 20}};
  CHECK((all->rows == expected));
  const std::vector<Row> thinned = {expected[0], expected[2], expected[4]};
  CHECK((NaturalStretches(corpus, 10, 30)->rows == thinned));
  const std::vector<Row> longest = {{1, 0, 40}};
  CHECK((NaturalStretches(corpus, 40, 1)->rows == longest));
  CHECK_THAT(std::string(NaturalStretches(corpus, 41, 100).status().message()),
             Contains("no document has 41 tokens"));

  const auto repeated = RepeatedStretches(corpus, 10, 3, 60);
  REQUIRE(repeated.ok());
  REQUIRE(repeated->rows.size() == 2);
  std::vector<TokenId> once, thrice;
  corpus->Read(1, 0, 10, &once);
  repeated->corpus->Read(0, 0, 30, &thrice);
  for (std::size_t i = 0; i < 30; ++i) CHECK(thrice[i] == once[i % 10]);
}

TEST_CASE("scores are those of an evaluation, and the last ones those of the end") {
  const auto corpus = HoldTokens({SomeIds(48, 1), SomeIds(24, 5)});
  const auto model = ScoredModel();
  const auto stretches = NaturalStretches(corpus, 12, 1000);
  const auto scores = ScoreStretches(*stretches, 12, 30, model.get());
  REQUIRE(scores.ok());
  const auto evaluation =
      Evaluate(*corpus, std::vector<std::int64_t>(kIds, 1), {.length = 12}, model.get());
  CHECK(scores->all.tokens == 72);
  CHECK(scores->all.nats == Approx(evaluation->nats));
  CHECK(scores->all.correct == evaluation->correct);
  CHECK(scores->last.nats == Approx(scores->all.nats));
  CHECK(model->is_training());

  const auto end = ScoreStretches(*stretches, 1, 30, model.get());
  CHECK(end->all.correct == scores->all.correct);
  CHECK(end->last.tokens == 6);
  // The last position of each, by itself.
  double nats = 0;
  model->eval();
  for (const Row& row : stretches->rows) {
    const Batch batch = MakeBatch(*corpus, {row});
    nats += SummedLoss(model->forward(batch.inputs).slice(1, 11), batch.targets.slice(1, 11))
                .item<double>();
  }
  CHECK(end->last.nats == Approx(nats));
  CHECK(ScoreStretches(*stretches, 1, 30, model.get(), [] { return false; }).status().code() ==
        absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace bytepiece::lm
