// SPDX-License-Identifier: Apache-2.0
// The report of a training run on one step.
#pragma once

#include <cstdint>

namespace bytepiece::lm {

// The figures of one step.
struct StepReport {
  std::int64_t step = 0;  // done, of `steps`
  std::int64_t steps = 0;
  std::int64_t epoch = 0;
  double loss = 0;  // nats a token
  double learning_rate = 0;
  double gradient_norm = 0;      // before clipping
  std::int64_t tokens = 0;       // since the beginning of the run, resumed or not
  double tokens_per_second = 0;  // of this process
  double seconds_left = 0;
};

}  // namespace bytepiece::lm
