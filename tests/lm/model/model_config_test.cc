// SPDX-License-Identifier: Apache-2.0
#include "lm/model/model_config.h"

#include "lm/model/json_fields.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

absl::StatusOr<ModelConfig> Read(const std::string& text) {
  ModelConfig config;
  absl::Status status =
      JsonFields::Read(text, "model", [&](JsonFields* f) { ModelFields(f, &config); });
  if (!status.ok()) return status;
  return config;
}

TEST_CASE("a list of layers, repeated and filled in") {
  const auto config = Read(R"({"width": 96, "layers": [
      {"mixer": "window", "window": 16, "repeat": 2},
      {"block": "gau", "positions": {"kind": "rope", "base": 500},
       "inference_positions": {"kind": "rerope", "window": 9},
       "scale": {"kind": "log_n", "length": 64}}]})");
  REQUIRE(config.ok());
  REQUIRE(config->layers.size() == 3);
  CHECK(config->layers[0] == config->layers[1]);
  CHECK(config->layers[0].window == 16);
  CHECK(config->layers[0].heads == 4);
  CHECK(config->layers[0].key_width == 24);
  CHECK(config->layers[0].ffn_width == 256);
  CHECK(config->layers[0].inference_positions == config->layers[0].positions);
  const LayerConfig& gau = config->layers[2];
  CHECK(gau.heads == 1);
  CHECK(gau.key_width == 128);
  CHECK(gau.value_width == 192);
  CHECK(gau.positions.base == 500);
  CHECK(gau.inference_positions.kind == PositionKind::kReRope);
  CHECK(gau.inference_positions.base == 10000);
  CHECK(gau.scale.kind == ScaleKind::kLogN);
}

TEST_CASE("a configuration is what it is read back as") {
  const auto config = Read(R"({"width": 32, "norm": "layer", "tied_embeddings": false,
      "vocab_size": 99, "layers": [{"repeat": 2, "scale": {"kind": "cosine", "learned": true}},
      {"positions": {"kind": "leaky_rerope", "factor": 0.1, "window": 7},
       "inference_positions": {"kind": "ntk_mixed", "factor": 8}},
      {"mixer": "rnn", "recurrence": {"cell": "gru", "solver": "quasi_newton", "sweeps": 3,
                                      "fixed": true, "damping": 0.25, "tolerance": 0.001}},
      {"mixer": "vq", "positions": {"kind": "rerope", "window": 5},
       "codebook": {"responsibility": "performer", "codes": 33, "block": 16, "temperature": 0.5,
                    "decay": 0.5, "commitment": 0.25, "equal_norm": true}}]})");
  REQUIRE(config.ok());
  ModelConfig written = *config;
  const auto back = Read(JsonFields::Write([&](JsonFields* f) { ModelFields(f, &written); }));
  REQUIRE(back.ok());
  CHECK(*back == *config);
}

TEST_CASE("codebook attention has a window bias unless it is told to have ReRoPE") {
  const auto config = Read(R"({"layers": [{"mixer": "vq"}, {"block": "gau", "mixer": "vq",
      "positions": {"kind": "rerope", "window": 64}, "codebook": {"responsibility": "soft"}}]})");
  REQUIRE(config.ok());
  const LayerConfig& bias = config->layers[0];
  CHECK(bias.mixer == MixerKind::kCodebook);
  CHECK(bias.positions.kind == PositionKind::kNone);
  CHECK(bias.inference_positions.kind == PositionKind::kNone);
  CHECK(bias.codebook == CodebookConfig());
  CHECK(config->layers[1].inference_positions.window == 64);
  CHECK(config->layers[1].codebook.codebook.kind == ShareKind::kSoft);
}

TEST_CASE("what cannot be is refused, in words that help") {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"layers": []})", "a model needs one layer or more"},
      {R"({})", "a model needs one layer or more"},
      {R"({"width": 10, "layers": [{}]})", "10 is not a multiple of 4 heads"},
      {R"({"width": 12, "layers": [{}]})", "must be even, not 3"},
      {R"({"layers": [{}, {"mixer": "window"}]})", "layer 1: a window mixer needs \"window\""},
      {R"({"layers": [{"window": 5}]})", "only a window mixer has"},
      {R"({"layers": [{"block": "gau", "heads": 2}]})", "one head"},
      {R"({"layers": [{"block": "gau", "mixer": "rnn"}]})", "goes into a transformer block"},
      {R"({"layers": [{"mixer": "rnn", "value_width": 3, "recurrence": {"cell": "linear"}}]})",
       "must be even, not 3"},
      {R"({"layers": [{"mixer": "rnn", "recurrence": {"solver": "loop", "fixed": true}}]})",
       "recurrence: the loop has no sweeps"},
      {R"({"layers": [{"mixer": "rnn", "recurrence": {"sweeps": 0}}]})", "sweeps: 0"},
      {R"({"layers": [{"mixer": "vq", "positions": {"kind": "rope"}}]})", "keys of other kinds"},
      {R"({"layers": [{"mixer": "vq", "inference_positions": {"kind": "rerope", "window": 2}}]})",
       "in training and inference alike"},
      {R"({"layers": [{"mixer": "vq", "positions": {"kind": "rerope", "window": 65}}]})",
       "above the codebook's \"block\", 64"},
      {R"({"layers": [{"mixer": "vq", "codebook": {"equal_norm": true}}]})",
       "only the random codes"},
      {R"({"layers": [{"mixer": "vq", "codebook": {"codes": 0}}]})", "codebook.codes: 0"},
      {R"({"layers": [{"mixer": "magic"}]})", "layers[0].mixer: \"magic\" is none of"},
      {R"({"layers": [{"repeat": 0}]})", "layers[0].repeat: 0"},
      {R"({"layers": [{"positions": {"kind": "rerope"}}]})", "positions: this kind needs"},
      {R"({"layers": [{"positions": {"kind": "ntk_fixed", "factor": 0}}]})", "factor: 0"},
      {R"({"layers": [{"scale": {"kind": "constant", "value": 0}}]})", "scale: a constant"},
      {R"({"layers": [{"scale": {"learned": true}}]})", "only the temperature of \"cosine\""},
      {R"({"layers": [{"scale": {"length": 1}}]})", "scale.length: 1"},
      {R"({"layers": [{"sale": {}}]})", "layers[0].sale: no such field"},
  };
  for (const auto& [text, message] : cases) {
    const auto config = Read(text);
    REQUIRE_FALSE(config.ok());
    CHECK_THAT(std::string(config.status().message()), Contains(message));
  }
}

}  // namespace
}  // namespace bytepiece::lm
