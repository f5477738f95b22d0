// SPDX-License-Identifier: Apache-2.0
// The log of a run: a JSON object a line, appended. {"step", "epoch", "loss",
// "learning_rate", "gradient_norm", "tokens", "tokens_per_second"} for each step;
// {"step", "validation": {"loss", "bits_per_byte", "accuracy", "tokens", "bytes"}} for
// each validation. A resumed run may repeat steps: the later line counts.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "lm/training/evaluation.h"
#include "lm/training/step_report.h"

namespace bytepiece::lm {

class TrainingLog {
 public:
  // Nothing is logged where the path is empty.
  absl::Status Open(const std::string& path);

  // Each line is whole on the disk when these return.
  absl::Status Step(const StepReport& report);
  absl::Status Validation(std::int64_t step, const Evaluation& evaluation);

 private:
  absl::Status Write(const std::string& line);

  std::string path_;
  std::ofstream file_;
};

}  // namespace bytepiece::lm
