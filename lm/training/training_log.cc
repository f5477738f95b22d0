// SPDX-License-Identifier: Apache-2.0
#include "lm/training/training_log.h"

#include <nlohmann/json.hpp>

namespace bytepiece::lm {

absl::Status TrainingLog::Open(const std::string& path) {
  path_ = path;
  if (path.empty()) return absl::OkStatus();
  file_.open(path, std::ios::app);
  return file_ ? absl::OkStatus() : absl::NotFoundError("cannot write the log " + path);
}

absl::Status TrainingLog::Write(const std::string& line) {
  if (path_.empty()) return absl::OkStatus();
  file_ << line << std::endl;
  return file_ ? absl::OkStatus() : absl::UnavailableError("cannot write the log " + path_);
}

absl::Status TrainingLog::Step(const StepReport& report) {
  const nlohmann::ordered_json json = {{"step", report.step},
                                       {"epoch", report.epoch},
                                       {"loss", report.loss},
                                       {"learning_rate", report.learning_rate},
                                       {"gradient_norm", report.gradient_norm},
                                       {"tokens", report.tokens},
                                       {"tokens_per_second", report.tokens_per_second}};
  return Write(json.dump());
}

absl::Status TrainingLog::Validation(std::int64_t step, const Evaluation& evaluation) {
  const nlohmann::ordered_json json = {{"step", step},
                                       {"validation",
                                        {{"loss", evaluation.loss()},
                                         {"bits_per_byte", evaluation.bits_per_byte()},
                                         {"accuracy", evaluation.accuracy()},
                                         {"tokens", evaluation.tokens},
                                         {"bytes", evaluation.bytes}}}};
  return Write(json.dump());
}

}  // namespace bytepiece::lm
