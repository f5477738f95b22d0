// SPDX-License-Identifier: Apache-2.0
#include "lm/training/run_config.h"

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("presets are valid, and what they are written as is read back") {
  for (const std::string& name : PresetNames()) {
    const auto preset = Preset(name);
    REQUIRE(preset.ok());
    const auto back = ParseRunConfig(RunConfigToJson(*preset), name);
    REQUIRE(back.ok());
    CHECK(*back == *preset);
  }
  CHECK_THAT(std::string(Preset("huge").status().message()), Contains("tiny, small, base"));
}

TEST_CASE("absent fields have their defaults, wrong ones are named") {
  const auto config = ParseRunConfig(
      R"({"model": {"layers": [{}]}, "training": {"steps": 7, "optimizer": {"kind": "lion"}}})",
      "c.json");
  REQUIRE(config.ok());
  CHECK(config->training.steps == 7);
  CHECK(config->training.rows == TrainingConfig().rows);
  CHECK(config->training.optimizer.kind == OptimizerKind::kLion);
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "c.json: the configuration: \"model\" is missing"},
      {R"({"model": {"layers": [{}]}, "training": {"steps": 0}})", "training.steps: 0"},
      {R"({"model": {"layers": [{}]}, "training": {"step": 1}})", "training.step: no such field"},
      {R"({"model": {"layers": [{}]}, "training": {"learning_rate": 0}})", "learning_rate: 0"},
      {R"({"model": {"layers": [{}]}, "training": {"optimizer": {"beta1": 1}}})",
       "training.optimizer.beta1: 1"},
      {R"({"model": {"layers": [{"heads": 3}]}})", "model: layer 0: the width 256"},
  };
  for (const auto& [text, message] : cases) {
    const auto bad = ParseRunConfig(text, "c.json");
    REQUIRE_FALSE(bad.ok());
    CHECK_THAT(std::string(bad.status().message()), Contains(message));
  }
}

TEST_CASE("the rate rises linearly and falls by a cosine") {
  const TrainingConfig config = {
      .steps = 110, .learning_rate = 2, .warmup = 10, .final_fraction = 0.1, .optimizer = {}};
  CHECK(LearningRate(config, 0) == Approx(0.2));
  CHECK(LearningRate(config, 9) == Approx(2));
  CHECK(LearningRate(config, 10) == Approx(2));
  CHECK(LearningRate(config, 60) == Approx(1.1));
  CHECK(LearningRate(config, 110) == Approx(0.2));
  CHECK(LearningRate(config, 1000) == Approx(0.2));
  CHECK(LearningRate({.steps = 5, .learning_rate = 1, .warmup = 0, .optimizer = {}}, 0) == 1);
}

}  // namespace
}  // namespace bytepiece::lm
