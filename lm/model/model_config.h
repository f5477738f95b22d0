// SPDX-License-Identifier: Apache-2.0
// A language model apart from its weights: a list of layers, so that every
// combination of mixers is a list and not a class. HWFA (docs/method/positions.md) is
//   "layers": [{"mixer": "window", "window": 64, "repeat": 7},
//              {"mixer": "full", "positions": {"kind": "none"}, "scale": {"kind": "log_n"}}]
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lm/attention/attention_scale.h"
#include "lm/attention/positions.h"
#include "lm/codebook/codebook.h"
#include "lm/recurrence/recurrence.h"

namespace bytepiece::lm {

class JsonFields;

enum class NormKind { kRms, kLayer };
enum class BlockKind {
  kTransformer,  // a mixer with several heads, then a gated feed-forward layer
  kGau,          // gated attention unit: one mixer with one head, which is both
};
enum class MixerKind { kFull, kWindow, kCodebook, kRecurrent };

// Options of mixer kCodebook; codebook_mixer.h says what each means.
struct CodebookConfig {
  CodebookOptions codebook;
  std::int64_t block = 64;
  double commitment = 0.1;

  friend bool operator==(const CodebookConfig&, const CodebookConfig&) = default;
};

// Sizes that are 0 follow from the others: ModelFields and CompleteModelConfig fill them in.
struct LayerConfig {
  BlockKind block = BlockKind::kTransformer;
  MixerKind mixer = MixerKind::kFull;
  std::int64_t heads = 0;               // transformer: 4; gau: 1
  std::int64_t key_width = 0;           // of a head. transformer: width / heads; gau: 128
  std::int64_t value_width = 0;         // of a head. transformer: width / heads; gau: 2 width
  std::int64_t ffn_width = 0;           // transformer: 8/3 width, made a multiple of 8
  std::int64_t window = 0;              // of mixer kWindow: positions seen, its own included
  std::int64_t query_block = 256;       // full and window attention: queries at a time
  PositionOptions positions;            // in training; kCodebook: kNone or kReRope
  PositionOptions inference_positions;  // as `positions`, unless given
  ScaleOptions scale;
  CodebookConfig codebook;       // of mixer kCodebook
  RecurrenceOptions recurrence;  // of mixer kRecurrent, whose states have value_width

  friend bool operator==(const LayerConfig&, const LayerConfig&) = default;
};

struct ModelConfig {
  std::int64_t vocab_size = 0;  // 0: the tokenizer's
  std::int64_t width = 256;
  NormKind norm = NormKind::kRms;
  bool tied_embeddings = true;  // the output matrix is the embedding
  std::vector<LayerConfig> layers;

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

// The fields of "model" in a configuration. Reading: "repeat" in a layer stands for so
// many layers; sizes are filled in; what does not fit together is an error.
void ModelFields(JsonFields* fields, ModelConfig* config);

// Fills in sizes that are 0, vocab_size apart, and checks what ModelFields checks.
absl::Status CompleteModelConfig(ModelConfig* config);

}  // namespace bytepiece::lm
