// SPDX-License-Identifier: Apache-2.0
// A run on standard error: a line that is rewritten on a terminal, now and then a new one
// elsewhere; a line for each validation; the wish to stop.
#pragma once

#include <chrono>

#include "lm/training/training.h"

namespace bytepiece::lm {

class TrainingMeter : public TrainingObserver {
 public:
  explicit TrainingMeter(bool quiet);
  // Ends the line.
  ~TrainingMeter() override;

  // Tells what is noted, quiet or not.
  void Read(const InputNotes& notes) override;
  // False once a stop was requested (cli/program/signals.h).
  bool Stepped(const StepReport& report) override;
  void Validated(std::int64_t step, const Evaluation& evaluation) override;

 private:
  using Clock = std::chrono::steady_clock;

  void EndLine();

  bool quiet_;
  bool terminal_;
  bool line_is_open_ = false;
  Clock::time_point last_shown_;
};

// "2.31 bits per byte, 24.5 % of tokens right"
std::string Describe(const Evaluation& evaluation);

}  // namespace bytepiece::lm
