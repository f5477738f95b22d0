// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/inference_cost.h"

#include "lm/model/torch_status.h"
#include "lm_cli/timing.h"

namespace bytepiece::lm {
namespace {

constexpr int kTimedSteps = 16;
constexpr double kMicrosecondsPerMillisecond = 1000;

}  // namespace

absl::StatusOr<InferenceCost> MeasureInferenceCost(std::int64_t length, int repeats,
                                                   Transformer* model) {
  const bool training = model->is_training();
  model->eval();
  InferenceCost cost;
  const absl::Status status = CatchTorch("measuring the time of inference", [&] {
    const torch::NoGradGuard no_grad;
    // The time does not depend on which tokens they are.
    const torch::Tensor ids =
        torch::arange(length, torch::TensorOptions(torch::kLong).device(model->device()))
            .remainder(model->config().vocab_size)
            .unsqueeze(0);
    const double whole = LeastMicroseconds(repeats, [&] { Finish(model->forward(ids)); });
    cost.parallel = whole / kMicrosecondsPerMillisecond / static_cast<double>(length);
    Transformer::State state = model->NewState(1);
    model->Prefill(ids, &state);
    const torch::Tensor next = ids.select(1, 0);
    cost.step = LeastMicroseconds(kTimedSteps, [&] { Finish(model->Step(next, &state)); }) /
                kMicrosecondsPerMillisecond;
    return absl::OkStatus();
  });
  model->train(training);
  if (!status.ok()) return status;
  return cost;
}

}  // namespace bytepiece::lm
