// SPDX-License-Identifier: Apache-2.0
// The variants that the extrapolation experiment trains at length N, and in what forms
// the weights then read texts up to `expansion` times as long.
//
// Variants differ in training, and are models of their own:
//   rope, rope-log-n   full attention, RoPE; with log n scaling
//   inv-leaky          steps of 2 expansion beyond N/4 in training, RoPE after it; log n
//   inv-leaky-b        the same with RoPE's base times the expansion
//   hwfa               windows, then a full layer without positions, log n
//   hwfa2-wW-fF        windows of W positions, F full RoPE layers among them, log n;
//                      hwfa2: W = 3N / layers, F = 1
//   swan               three windows of N/4, then a full layer without positions, in turns;
//                      log n after training alone (SWAN-GPT, arXiv 2504.08719)
//   vq, performer      codebook attention with a window bias
//   rnn-tanh, rnn-gru  solved by Newton's method; rnn-linear
//
// Forms change the positions and the scale of full RoPE layers after training:
//   trained; pi, ntk-fixed, ntk-mixed, with the expansion as their factor; rerope-wW;
//   leaky-wW-kK; each with +log-n-test where training had no scaling.
// Sources: docs/method/positions.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lm/model/model_config.h"

namespace bytepiece::lm {

struct ExtrapolationOptions {
  std::int64_t length = 128;   // N
  std::int64_t expansion = 8;  // the longest text by N
};

struct NamedModel {
  std::string name;
  ModelConfig model;
};

// The names above, hwfa2 in its default alone.
std::vector<std::string> VariantNames();

// The base gives sizes, blocks, RoPE's base and the codebook; mixers, positions and scales of
// its layers are replaced. Errors name the variant: no such one; what it cannot be made of.
absl::StatusOr<ModelConfig> MakeVariant(const std::string& name, const ModelConfig& base,
                                        const ExtrapolationOptions& options);

// The forms for a variant: "trained" first, and alone where no full layer has RoPE.
std::vector<NamedModel> InferenceForms(const ModelConfig& trained,
                                       const ExtrapolationOptions& options);

}  // namespace bytepiece::lm
