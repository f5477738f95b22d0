// SPDX-License-Identifier: Apache-2.0
// A checkpoint: one file with all it takes to go on training, or to generate: the
// configuration, the tokenizer's model, and named tensors. It is a zip archive of pickled
// tensors, which torch.load in Python reads too, as a dict. Written beside, then renamed:
// an interrupted save leaves the earlier one.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

struct Checkpoint {
  std::string config;     // JSON (run_config.h)
  std::string tokenizer;  // SerializeModel (bytepiece/model/model_io.h)
  std::map<std::string, std::int64_t> counters;
  std::map<std::string, torch::Tensor> tensors;  // on the CPU when read
};

absl::Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint);

// Errors name the path: missing, damaged, or not a checkpoint of ours.
absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path);

// The module's parameters and buffers as "model.NAME", and back. RestoreModule throws
// c10::Error where one is missing or has another shape.
void SaveModule(const torch::nn::Module& module, Checkpoint* checkpoint);
void RestoreModule(const Checkpoint& checkpoint, torch::nn::Module* module);

// The names, without "model.", of what the checkpoint holds for a model and RestoreModule
// does not put into this one; in order.
std::vector<std::string> UnusedWeights(const Checkpoint& checkpoint,
                                       const torch::nn::Module& module);

}  // namespace bytepiece::lm
