// SPDX-License-Identifier: Apache-2.0
#include "lm/model/transformer.h"

#include "lm/model/block.h"
#include "lm/model/feed_forward.h"
#include "lm/model/make_mixer.h"
#include "lm/model/norm.h"
#include "lm/model/torch_status.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// A layer of each kind.
ModelConfig Mixed(NormKind norm, bool tied) {
  ModelConfig config = {
      .vocab_size = 23, .width = 16, .norm = norm, .tied_embeddings = tied, .layers = {}};
  LayerConfig layer;
  layer.heads = 2;
  config.layers.push_back(layer);
  layer.mixer = MixerKind::kWindow;
  layer.window = 4;
  config.layers.push_back(layer);
  layer = {};
  layer.block = BlockKind::kGau;
  layer.key_width = 8;
  layer.inference_positions = {.kind = PositionKind::kReRope, .window = 3};
  layer.scale = {.kind = ScaleKind::kLogN, .length = 8};
  config.layers.push_back(layer);
  return config;
}

std::shared_ptr<Transformer> Make(const ModelConfig& config) {
  auto model = Transformer::Create(config, 11);
  REQUIRE(model.ok());
  (*model)->to(torch::kDouble);
  return *model;
}

torch::Tensor Ids(std::int64_t batch, std::int64_t length) {
  return (RandomTensor(5, {batch, length}).abs() * 1000).to(torch::kLong).remainder(23);
}

TEST_CASE("decoding gives the logits of the parallel form at every position") {
  for (const NormKind norm : {NormKind::kRms, NormKind::kLayer}) {
    for (const bool tied : {true, false}) {
      const torch::NoGradGuard no_grad;
      const auto model = Make(Mixed(norm, tied));
      const torch::Tensor ids = Ids(2, 19);
      model->eval();
      const torch::Tensor logits = model->forward(ids);
      CHECK(logits.sizes() == torch::IntArrayRef({2, 19, 23}));
      model->train();
      Transformer::State state = model->NewState(2);
      for (std::int64_t t = 0; t < 19; ++t) {
        CHECK(MaxDifference(model->Step(ids.select(1, t), &state), logits.select(1, t)) < 1e-9);
      }
    }
  }
}

TEST_CASE("a prompt is fed at once, and a text goes on as many") {
  const torch::NoGradGuard no_grad;
  const auto model = Make(Mixed(NormKind::kRms, false));
  const torch::Tensor ids = Ids(2, 19);
  model->eval();
  const torch::Tensor logits = model->forward(ids);
  model->train();
  Transformer::State state = model->NewState(2);
  CHECK(MaxDifference(model->Prefill(ids.slice(1, 0, 8), &state), logits.select(1, 7)) < 1e-9);
  CHECK(MaxDifference(model->Prefill(ids.slice(1, 8, 12), &state), logits.select(1, 11)) < 1e-9);
  const torch::Tensor rows = torch::tensor({1, 1, 0}, torch::kLong);
  Transformer::State many = Transformer::Select(state, rows);
  for (std::int64_t t = 12; t < 19; ++t) {
    const torch::Tensor other = torch::stack({ids[1][t], ids[0][t], ids[0][t]});
    const torch::Tensor step = model->Step(other, &many);
    CHECK(MaxDifference(step.index_select(0, torch::tensor({2, 0})), logits.select(1, t)) < 1e-9);
    CHECK(MaxDifference(step[1], logits[1][t]) > 1e-6);
    CHECK(MaxDifference(model->Step(ids.select(1, t), &state), logits.select(1, t)) < 1e-9);
  }
}

TEST_CASE("a long prompt is fed in parts") {
  const torch::NoGradGuard no_grad;
  ModelConfig config = Mixed(NormKind::kRms, true);
  config.layers = {config.layers[1]};
  const auto model = Make(config);
  const torch::Tensor ids = Ids(1, 2051);
  Transformer::State state = model->NewState(1);
  CHECK(MaxDifference(model->Prefill(ids, &state), model->forward(ids).select(1, 2050)) < 1e-9);
}

TEST_CASE("a later token changes no earlier logit") {
  const auto model = Make(Mixed(NormKind::kRms, true));
  const torch::Tensor ids = Ids(1, 12);
  torch::Tensor changed = ids.clone();
  changed[0][7] = (changed[0][7] + 1).remainder(23);
  const torch::Tensor difference = (model->forward(ids) - model->forward(changed)).abs().amax(2);
  CHECK(difference.slice(1, 0, 7).max().item<double>() == 0);
  CHECK(difference.slice(1, 7).min().item<double>() > 1e-6);
}

TEST_CASE("weights are a function of the seed") {
  const ModelConfig config = Mixed(NormKind::kRms, false);
  const auto a = Transformer::Create(config, 1), b = Transformer::Create(config, 1),
             c = Transformer::Create(config, 2);
  const auto parameters = (*a)->named_parameters();
  for (const auto& item : parameters) {
    CHECK(item.value().equal((*b)->named_parameters()[item.key()]));
  }
  CHECK_FALSE(parameters["embedding"].equal((*c)->named_parameters()["embedding"]));
  CHECK_FALSE(parameters["embedding"].equal(parameters["output"]));
}

TEST_CASE("every weight has a gradient, and tying saves a matrix") {
  const auto free = Make(Mixed(NormKind::kLayer, false));
  const auto tied = Make(Mixed(NormKind::kLayer, true));
  CHECK(free->NumParameters() - tied->NumParameters() == 23 * 16);
  for (const auto& model : {free, tied}) {
    model->forward(Ids(2, 9)).square().sum().backward();
    for (const auto& item : model->named_parameters()) {
      CAPTURE(item.key());
      REQUIRE(item.value().grad().defined());
      CHECK(item.value().grad().abs().max().item<double>() > 0);
    }
  }
  CHECK_FALSE(free->AuxiliaryLoss().defined());
}

TEST_CASE("norms and the feed-forward layer are their formulas") {
  const torch::Tensor x = RandomTensor(6, {3, 4, 8}) * 5 + 1;
  Norm rms(NormKind::kRms, 8), layer(NormKind::kLayer, 8);
  const torch::Tensor centred = x - x.mean(-1, true);
  CHECK(MaxDifference(rms.forward(x), x / (x.square().mean(-1, true) + 1e-5).sqrt()) < 1e-12);
  layer.to(torch::kDouble);
  CHECK(MaxDifference(layer.forward(x), centred / (centred.square().mean(-1, true) + 1e-5).sqrt()) <
        1e-9);
  FeedForward feed(8, 6);
  feed.to(torch::kDouble);
  const torch::Tensor in = x.matmul(feed.named_parameters()["in.weight"].t());
  const torch::Tensor gate = in.slice(2, 0, 6);
  const torch::Tensor expected = (gate / (1 + (-gate).exp()) * in.slice(2, 6))
                                     .matmul(feed.named_parameters()["out.weight"].t());
  CHECK(MaxDifference(feed.forward(x), expected) < 1e-12);
}

TEST_CASE("a block adds its mixer, and a feed-forward layer unless it is a gated unit") {
  ModelConfig config = Mixed(NormKind::kRms, true);
  REQUIRE(CompleteModelConfig(&config).ok());
  for (const LayerConfig& layer : config.layers) {
    torch::manual_seed(1);
    Block block(layer, NormKind::kRms, 16);
    CHECK(block.named_children().contains("feed_forward") ==
          (layer.block == BlockKind::kTransformer));
    for (torch::Tensor& parameter : block.parameters()) {
      const torch::NoGradGuard no_grad;
      parameter.zero_();
    }
    const torch::Tensor x = RandomTensor(2, {1, 5, 16}).to(torch::kFloat);
    CHECK(block.forward(x).equal(x));
    CHECK(MakeMixer(layer, 16)->forward(x).sizes() == x.sizes());
  }
}

TEST_CASE("what cannot be made is refused") {
  ModelConfig config = Mixed(NormKind::kRms, true);
  config.vocab_size = 0;
  CHECK_FALSE(Transformer::Create(config, 1).ok());
  config = Mixed(NormKind::kRms, true);
  config.layers[1].window = 0;
  CHECK_FALSE(Transformer::Create(config, 1).ok());
}

TEST_CASE("LibTorch's exceptions become one line") {
  const absl::Status status = CatchTorch("adding", [] {
    (void)(torch::ones({2}) + torch::ones({3}));
    return absl::OkStatus();
  });
  CHECK(status.code() == absl::StatusCode::kInternal);
  CHECK(status.message().substr(0, 8) == "adding: ");
  CHECK(status.message().find('\n') == absl::string_view::npos);
  CHECK(CatchTorch("x", []() -> absl::Status { throw std::bad_alloc(); }).code() ==
        absl::StatusCode::kResourceExhausted);
  CHECK(CatchTorch("x", [] { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace bytepiece::lm
