// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/mixer.h"

#include "lm/attention/softmax_attention.h"
#include "lm/codebook/codebook_mixer.h"
#include "lm/recurrence/recurrent_mixer.h"
#include "tests/lm/position_cases.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

struct NamedMixer {
  std::string name;
  std::shared_ptr<Mixer> mixer;
};

std::shared_ptr<SoftmaxAttention> MakeAttention(bool gated, std::int64_t window,
                                                const PositionOptions& positions) {
  return std::make_shared<SoftmaxAttention>(
      SoftmaxAttentionOptions{.projection = {.gated = gated,
                                             .width = 8,
                                             .heads = gated ? 1 : 2,
                                             .key_width = 4,
                                             .value_width = gated ? 16 : 3},
                              .inference = positions,
                              .scale = {.kind = ScaleKind::kLogNTest, .length = 6},
                              .band = {.window = window, .query_block = 3}});
}

// Every kind of state that decoding keeps, with every encoding of positions.
std::vector<NamedMixer> Mixers() {
  std::vector<NamedMixer> mixers;
  torch::manual_seed(4);
  for (const std::int64_t window : {0, 5}) {
    for (const PositionOptions& positions : PositionCases(4)) {
      mixers.push_back({"attention, window " + std::to_string(window) + ", positions " +
                            std::to_string(static_cast<int>(positions.kind)),
                        MakeAttention(false, window, positions)});
    }
  }
  mixers.push_back({"attention, window 1", MakeAttention(false, 1, {})});
  mixers.push_back({"attention, window 64", MakeAttention(false, 64, {})});
  mixers.push_back({"gated attention", MakeAttention(true, 0, {})});
  for (const RecurrenceKind kind : {RecurrenceKind::kTanh, RecurrenceKind::kGru,
                                    RecurrenceKind::kDiagonal, RecurrenceKind::kLinear}) {
    for (const bool fixed : {false, true}) {
      mixers.push_back(
          {"recurrence " + std::to_string(static_cast<int>(kind)),
           std::make_shared<RecurrentMixer>(RecurrentMixerOptions{
               .width = 8,
               .heads = 2,
               .state_width = 4,
               .recurrence = {
                   kind, {.tolerance = 1e-12, .max_sweeps = fixed ? 2 : 100, .fixed = fixed}}})});
    }
  }
  for (const ShareKind kind : {ShareKind::kHard, ShareKind::kSoft, ShareKind::kPerformer}) {
    for (const bool rerope : {false, true}) {
      const PositionOptions positions = {
          .kind = rerope ? PositionKind::kReRope : PositionKind::kNone, .window = 2};
      mixers.push_back(
          {"codebook " + std::to_string(static_cast<int>(kind)),
           std::make_shared<CodebookMixer>(CodebookMixerOptions{
               .projection = {.width = 8, .heads = 2, .key_width = 4, .value_width = 3},
               .training = positions,
               .inference = positions,
               .codebook = {.kind = kind, .codes = 5},
               .block = 3})});
    }
  }
  for (const NamedMixer& named : mixers) named.mixer->to(torch::kDouble);
  return mixers;
}

TEST_CASE("blocks of positions, the first or later ones, are decoded as steps are") {
  const torch::Tensor x = RandomTensor(1, {2, 12, 8});
  for (const auto& [name, mixer] : Mixers()) {
    CAPTURE(name);
    for (const auto& cuts : {std::pair{12, 12}, {1, 1}, {1, 9}, {6, 7}}) {
      CAPTURE(cuts.first, cuts.second);
      CHECK(PrefillDisagreement(mixer.get(), x, cuts) < 1e-9);
    }
  }
}

TEST_CASE("rows selected from a state go on apart from it and from each other") {
  const torch::Tensor x = RandomTensor(2, {2, 10, 8});
  for (const auto& [name, mixer] : Mixers()) {
    CAPTURE(name);
    for (const std::int64_t length : {0, 1, 7}) {
      CAPTURE(length);
      CHECK(SelectDisagreement(mixer.get(), x, length) < 1e-9);
    }
  }
}

TEST_CASE("a mixer without a faster way steps through a block") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = RandomTensor(3, {2, 7, 8});
  for (const auto& [name, mixer] : Mixers()) {
    const auto loop = mixer->NewState(2), own = mixer->NewState(2);
    CHECK(MaxDifference(mixer->Mixer::Prefill(x, loop.get()), mixer->Prefill(x, own.get())) < 1e-9);
    CHECK(MaxDifference(mixer->Step(x.select(1, 0), loop.get()),
                        mixer->Step(x.select(1, 0), own.get())) < 1e-9);
  }
}

}  // namespace
}  // namespace bytepiece::lm
