// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrent_mixer.h"

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr RecurrenceKind kKinds[] = {RecurrenceKind::kTanh, RecurrenceKind::kGru,
                                     RecurrenceKind::kDiagonal, RecurrenceKind::kLinear};

std::shared_ptr<RecurrentMixer> Make(RecurrenceKind kind, bool fixed = false) {
  torch::manual_seed(3);
  auto mixer = std::make_shared<RecurrentMixer>(RecurrentMixerOptions{
      .width = 10,
      .heads = 2,
      .state_width = 4,
      .recurrence = {kind, {.tolerance = 1e-12, .max_sweeps = fixed ? 2 : 100, .fixed = fixed}}});
  mixer->to(torch::kDouble);
  return mixer;
}

TEST_CASE("recurrent decoding is forward, position by position") {
  for (const RecurrenceKind kind : kKinds) {
    for (const bool fixed : {false, true}) {
      for (const std::int64_t length : {1, 2, 17}) {
        CAPTURE(static_cast<int>(kind), fixed, length);
        CHECK(StepDisagreement(Make(kind, fixed).get(), RandomTensor(7, {2, length, 10})) < 1e-9);
      }
    }
  }
}

TEST_CASE("a recurrent layer is causal, and reaches far back") {
  for (const RecurrenceKind kind : kKinds) {
    const auto mixer = Make(kind);
    const torch::Tensor x = RandomTensor(7, {1, 11, 10});
    CHECK(NonCausality([&](const torch::Tensor& in) { return mixer->forward(in); }, x) == 0);
    // The control: the other way round in time, nothing is causal.
    CHECK(NonCausality([&](const torch::Tensor& in) { return mixer->forward(in.flip(1)).flip(1); },
                       x) > 1e-6);
    const torch::Tensor in = x.clone().requires_grad_();
    const torch::Tensor last = mixer->forward(in).select(1, 10).sum();
    CHECK(torch::autograd::grad({last}, {in})[0].select(1, 0).abs().max().item<double>() > 1e-9);
  }
}

TEST_CASE("rows of a batch are apart") {
  const auto mixer = Make(RecurrenceKind::kGru);
  const torch::Tensor x = RandomTensor(7, {3, 6, 10});
  CHECK(MaxDifference(mixer->forward(x).narrow(0, 1, 1), mixer->forward(x.narrow(0, 1, 1))) <
        1e-11);
}

}  // namespace
}  // namespace bytepiece::lm
