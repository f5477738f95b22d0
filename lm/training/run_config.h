// SPDX-License-Identifier: Apache-2.0
// The configuration of a run: the model and how it is trained. One JSON object,
//   {"model": {...}, "training": {...}},
// whose every field has the default that stands here; an unknown field is an error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lm/model/model_config.h"
#include "lm/training/optimizer.h"

namespace bytepiece::lm {

struct TrainingConfig {
  std::int64_t steps = 1000;
  std::int64_t rows = 16;         // of a batch
  std::int64_t length = 128;      // tokens of a row
  std::int64_t accumulation = 1;  // batches a step
  double learning_rate = 3e-3;    // the highest
  std::int64_t warmup = 100;      // steps in which it rises linearly from 0
  double final_fraction = 0.1;    // of it at the last step, reached by a cosine
  double clip_norm = 1;           // gradients are scaled down to this norm; 0: never
  OptimizerOptions optimizer;
  std::int64_t seed = 0;                   // of weights, order and sampling
  bool sampling = false;                   // segment the text anew in every epoch; needs text
  double sampling_alpha = 0.2;             // of perfect sampling
  std::int64_t validate_every = 100;       // steps; 0: at the end alone
  std::int64_t validation_tokens = 65536;  // about so many; 0: all
  std::int64_t checkpoint_every = 500;     // steps; 0: at the end alone

  friend bool operator==(const TrainingConfig&, const TrainingConfig&) = default;
};

struct RunConfig {
  ModelConfig model;
  TrainingConfig training;

  friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

// `name` stands for the text in errors.
absl::StatusOr<RunConfig> ParseRunConfig(const std::string& text, const std::string& name);
// Every field; ParseRunConfig gives the same back.
std::string RunConfigToJson(const RunConfig& config);

// "tiny" (about a minute on a laptop), "small" (an hour), "base" (the source's GAU model
// of 100 million parameters, for a GPU).
std::vector<std::string> PresetNames();
absl::StatusOr<RunConfig> Preset(const std::string& name);

// The rate at a step counted from 0.
double LearningRate(const TrainingConfig& config, std::int64_t step);

}  // namespace bytepiece::lm
