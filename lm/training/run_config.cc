// SPDX-License-Identifier: Apache-2.0
#include "lm/training/run_config.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lm/model/json_fields.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kMany = 1'000'000'000'000;

void OptimizerFields(JsonFields* fields, OptimizerOptions* options) {
  fields->Choice("kind", &options->kind,
                 {{"adamw", OptimizerKind::kAdamW}, {"lion", OptimizerKind::kLion}});
  fields->Number("beta1", &options->beta1, 0, 0.99999);
  fields->Number("beta2", &options->beta2, 0, 0.99999);
  fields->Number("epsilon", &options->epsilon, 1e-15, 1);
  fields->Number("weight_decay", &options->weight_decay, 0, 10);
}

void TrainingFields(JsonFields* fields, TrainingConfig* config) {
  fields->Integer("steps", &config->steps, 1, kMany);
  fields->Integer("rows", &config->rows, 1, 1 << 20);
  fields->Integer("length", &config->length, 1, 1 << 24);
  fields->Integer("accumulation", &config->accumulation, 1, 1 << 20);
  fields->Number("learning_rate", &config->learning_rate, 1e-12, 10);
  fields->Integer("warmup", &config->warmup, 0, kMany);
  fields->Number("final_fraction", &config->final_fraction, 0, 1);
  fields->Number("clip_norm", &config->clip_norm, 0, 1e9);
  fields->Object("optimizer", [&](JsonFields* f) { OptimizerFields(f, &config->optimizer); });
  fields->Integer("seed", &config->seed, 0, std::numeric_limits<std::int64_t>::max());
  fields->Flag("sampling", &config->sampling);
  fields->Number("sampling_alpha", &config->sampling_alpha, 0, 1e6);
  fields->Integer("validate_every", &config->validate_every, 0, kMany);
  fields->Integer("validation_tokens", &config->validation_tokens, 0, kMany);
  fields->Integer("checkpoint_every", &config->checkpoint_every, 0, kMany);
}

void RunFields(JsonFields* fields, RunConfig* config) {
  if (fields->reading() && !fields->Has("model")) {
    fields->Fail("\"model\" is missing, with its \"layers\"; the presets are examples");
  }
  fields->Object("model", [&](JsonFields* f) { ModelFields(f, &config->model); });
  fields->Object("training", [&](JsonFields* f) { TrainingFields(f, &config->training); });
}

RunConfig Tiny() {
  RunConfig config;
  config.model.width = 128;
  config.model.layers.assign(2, LayerConfig());
  config.training.steps = 300;
  config.training.warmup = 30;
  config.training.learning_rate = 6e-3;
  config.training.checkpoint_every = 100;
  return config;
}

// HWFA2 (docs/method/positions.md): windows, and full attention in the middle, which goes
// from RoPE to ReRoPE after training.
RunConfig Small() {
  RunConfig config;
  config.model.width = 256;
  config.training.length = 256;
  LayerConfig window;
  window.mixer = MixerKind::kWindow;
  window.window = 128;
  LayerConfig full;
  full.inference_positions = {.kind = PositionKind::kReRope, .window = 128};
  full.scale = {.kind = ScaleKind::kLogN, .length = 256};
  config.model.layers = {window, window, full, window};
  config.training.steps = 3000;
  config.training.warmup = 200;
  return config;
}

RunConfig Base() {
  RunConfig config;
  config.model.width = 768;
  LayerConfig gau;
  gau.block = BlockKind::kGau;
  config.model.layers.assign(24, gau);
  config.training.rows = 64;
  config.training.length = 512;
  config.training.steps = 20000;
  config.training.warmup = 1000;
  config.training.learning_rate = 6e-4;
  return config;
}

}  // namespace

absl::StatusOr<RunConfig> ParseRunConfig(const std::string& text, const std::string& name) {
  RunConfig config;
  absl::Status status = JsonFields::Read(text, name, [&](JsonFields* f) { RunFields(f, &config); });
  if (!status.ok()) return status;
  return config;
}

std::string RunConfigToJson(const RunConfig& config) {
  RunConfig written = config;
  return JsonFields::Write([&](JsonFields* f) { RunFields(f, &written); });
}

std::vector<std::string> PresetNames() { return {"tiny", "small", "base"}; }

absl::StatusOr<RunConfig> Preset(const std::string& name) {
  RunConfig config;
  if (name == "tiny") {
    config = Tiny();
  } else if (name == "small") {
    config = Small();
  } else if (name == "base") {
    config = Base();
  } else {
    return absl::NotFoundError(
        absl::StrCat("no preset \"", name, "\"; there are ", absl::StrJoin(PresetNames(), ", ")));
  }
  if (absl::Status status = CompleteModelConfig(&config.model); !status.ok()) return status;
  return config;
}

double LearningRate(const TrainingConfig& config, std::int64_t step) {
  const auto now = static_cast<double>(step);
  if (step < config.warmup) {
    return config.learning_rate * (now + 1) / static_cast<double>(config.warmup);
  }
  const auto span = static_cast<double>(std::max<std::int64_t>(1, config.steps - config.warmup));
  const double done = std::min(1.0, (now - static_cast<double>(config.warmup)) / span);
  const double fall = 0.5 * (1 + std::cos(std::numbers::pi * done));
  return config.learning_rate * (config.final_fraction + (1 - config.final_fraction) * fall);
}

}  // namespace bytepiece::lm
