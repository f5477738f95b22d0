// SPDX-License-Identifier: Apache-2.0
#include "lm/extrapolation/variants.h"

#include <algorithm>

#include "lm/model/transformer.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr ExtrapolationOptions kShort = {.length = 16, .expansion = 4};

ModelConfig SixLayers() {
  ModelConfig base = {.vocab_size = 11, .width = 16, .layers = {}};
  LayerConfig layer;
  layer.heads = 2;
  layer.positions.base = 500;
  layer.codebook = {.codebook = {.codes = 8}, .block = 4};
  base.layers.assign(6, layer);
  return base;
}

ModelConfig VariantOf(const std::string& name) {
  auto model = MakeVariant(name, SixLayers(), kShort);
  CAPTURE(name, model.status().message());
  REQUIRE(model.ok());
  return *model;
}

std::int64_t CountMixers(const ModelConfig& model, MixerKind kind) {
  return std::count_if(model.layers.begin(), model.layers.end(),
                       [&](const LayerConfig& layer) { return layer.mixer == kind; });
}

TEST_CASE("every variant is a model that trains, and all are different") {
  const torch::Tensor ids = torch::arange(2 * 20, torch::kLong).remainder(11).view({2, 20});
  std::vector<ModelConfig> seen;
  for (const std::string& name : VariantNames()) {
    CAPTURE(name);
    const ModelConfig config = VariantOf(name);
    CHECK(std::find(seen.begin(), seen.end(), config) == seen.end());
    seen.push_back(config);
    const auto model = Transformer::Create(config, 1);
    REQUIRE(model.ok());
    (*model)->forward(ids).sum().backward();
    for (const NamedModel& form : InferenceForms(config, kShort)) {
      CAPTURE(form.name);
      const auto other = Transformer::Create(form.model, 1);
      REQUIRE(other.ok());
      // The same weights, by name and shape.
      const auto a = (*model)->named_parameters(), b = (*other)->named_parameters();
      REQUIRE(a.size() == b.size());
      for (const auto& item : a) CHECK(b[item.key()].sizes() == item.value().sizes());
    }
  }
}

TEST_CASE("variants are what their sources say") {
  const ModelConfig hwfa = VariantOf("hwfa");
  CHECK(CountMixers(hwfa, MixerKind::kWindow) == 5);
  CHECK(hwfa.layers[5].mixer == MixerKind::kFull);
  CHECK(hwfa.layers[5].positions.kind == PositionKind::kNone);
  CHECK(hwfa.layers[5].scale.kind == ScaleKind::kLogN);
  // (w - 1) 5 + 1 = 16.
  CHECK(hwfa.layers[0].window == 4);

  const ModelConfig one = VariantOf("hwfa2");
  CHECK(one.layers[3].mixer == MixerKind::kFull);
  CHECK(CountMixers(one, MixerKind::kFull) == 1);
  CHECK(one.layers[0].window == 8);
  const ModelConfig two = VariantOf("hwfa2-w5-f2");
  CHECK(two.layers[2].mixer == MixerKind::kFull);
  CHECK(two.layers[4].mixer == MixerKind::kFull);
  CHECK(CountMixers(two, MixerKind::kFull) == 2);
  CHECK(two.layers[0].window == 5);

  const ModelConfig inverse = VariantOf("inv-leaky-b");
  CHECK(inverse.layers[0].positions.kind == PositionKind::kLeakyReRope);
  CHECK(inverse.layers[0].positions.factor == 0.125);
  CHECK(inverse.layers[0].positions.window == 4);
  CHECK(inverse.layers[0].positions.base == 2000);
  CHECK(inverse.layers[0].inference_positions.kind == PositionKind::kRope);
  CHECK(inverse.layers[0].inference_positions.base == 2000);

  const ModelConfig swan = VariantOf("swan");
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK((swan.layers[i].positions.kind == PositionKind::kNone) == (i == 3));
    CHECK((swan.layers[i].mixer == MixerKind::kWindow) == (i != 3));
  }
  CHECK(swan.layers[3].scale.kind == ScaleKind::kLogNTest);
}

TEST_CASE("forms change full RoPE layers after training alone") {
  const auto names = [](const std::string& variant) {
    std::vector<std::string> all;
    for (const NamedModel& form : InferenceForms(VariantOf(variant), kShort)) {
      all.push_back(form.name);
    }
    return all;
  };
  const std::vector<std::string> trained = {"trained"};
  for (const char* variant : {"inv-leaky", "hwfa", "swan", "vq", "performer", "rnn-gru"}) {
    CAPTURE(variant);
    CHECK(names(variant) == trained);
  }
  const std::vector<std::string> positions = {"trained",    "pi",          "ntk-fixed",
                                              "ntk-mixed",  "rerope-w4",   "rerope-w8",
                                              "rerope-w16", "leaky-w4-k8", "leaky-w4-k16"};
  CHECK(names("rope-log-n") == positions);
  CHECK(names("hwfa2") == positions);
  std::vector<std::string> scaled = positions;
  for (const std::string& name : positions) scaled.push_back(name + "+log-n-test");
  CHECK(names("rope") == scaled);

  const ModelConfig two = VariantOf("hwfa2-w5-f2");
  const std::vector<NamedModel> forms = InferenceForms(two, kShort);
  const auto rerope = std::find_if(forms.begin(), forms.end(),
                                   [](const NamedModel& form) { return form.name == "rerope-w8"; });
  for (std::size_t i = 0; i < 6; ++i) {
    const LayerConfig& layer = rerope->model.layers[i];
    const bool full = i == 2 || i == 4;
    CHECK((layer.inference_positions.kind == PositionKind::kReRope) == full);
    CHECK(layer.positions == two.layers[i].positions);
    if (full) CHECK(layer.inference_positions.base == 500);
  }
}

TEST_CASE("variants that cannot be are refused by name") {
  for (const char* name : {"", "ROPE", "hwfa2-w0-f1", "hwfa2-w4", "hwfa2-w4-f7", "hwfa2x"}) {
    CAPTURE(name);
    CHECK_FALSE(MakeVariant(name, SixLayers(), kShort).ok());
  }
  ModelConfig gated = SixLayers();
  for (LayerConfig& layer : gated.layers) {
    layer.block = BlockKind::kGau;
    layer.heads = 1;
  }
  const absl::Status status = MakeVariant("rnn-tanh", gated, kShort).status();
  CHECK_THAT(std::string(status.message()), Contains("rnn-tanh: layer 0: a gau block"));
}

}  // namespace
}  // namespace bytepiece::lm
