// SPDX-License-Identifier: Apache-2.0
#include "lm/model/make_mixer.h"

#include "lm/attention/softmax_attention.h"
#include "lm/codebook/codebook_mixer.h"
#include "lm/recurrence/recurrent_mixer.h"

namespace bytepiece::lm {
namespace {

ProjectionOptions ProjectionOf(const LayerConfig& layer, std::int64_t width) {
  return {.gated = layer.block == BlockKind::kGau,
          .width = width,
          .heads = layer.heads,
          .key_width = layer.key_width,
          .value_width = layer.value_width};
}

}  // namespace

std::shared_ptr<Mixer> MakeMixer(const LayerConfig& layer, std::int64_t width) {
  switch (layer.mixer) {
    case MixerKind::kFull:
    case MixerKind::kWindow:
      break;
    case MixerKind::kCodebook:
      return std::make_shared<CodebookMixer>(
          CodebookMixerOptions{.projection = ProjectionOf(layer, width),
                               .training = layer.positions,
                               .inference = layer.inference_positions,
                               .scale = layer.scale,
                               .codebook = layer.codebook.codebook,
                               .block = layer.codebook.block,
                               .commitment = layer.codebook.commitment});
    case MixerKind::kRecurrent:
      return std::make_shared<RecurrentMixer>(
          RecurrentMixerOptions{.width = width,
                                .heads = layer.heads,
                                .state_width = layer.value_width,
                                .recurrence = layer.recurrence});
  }
  return std::make_shared<SoftmaxAttention>(
      SoftmaxAttentionOptions{.projection = ProjectionOf(layer, width),
                              .training = layer.positions,
                              .inference = layer.inference_positions,
                              .scale = layer.scale,
                              .band = {.window = layer.window, .query_block = layer.query_block}});
}

}  // namespace bytepiece::lm
