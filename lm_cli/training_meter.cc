// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/training_meter.h"

#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/strings/str_format.h"
#include "cli/files/input_options.h"
#include "cli/program/progress_meter.h"
#include "cli/program/signals.h"
#include "cli/program/terminal.h"

namespace bytepiece::lm {
namespace {

std::string Describe(const StepReport& report, std::size_t width) {
  return FitLine(
      absl::StrFormat("step %d of %d", report.step, report.steps),
      {absl::StrFormat("loss %.3f", report.loss), FormatDuration(report.seconds_left) + " left",
       FormatAmount(report.tokens_per_second, "tokens") + "/s"},
      width);
}

}  // namespace

std::string Describe(const Evaluation& evaluation) {
  return absl::StrFormat("%.3f bits per byte, %.1f %% of tokens right", evaluation.bits_per_byte(),
                         100 * evaluation.accuracy());
}

TrainingMeter::TrainingMeter(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

TrainingMeter::~TrainingMeter() { EndLine(); }

void TrainingMeter::EndLine() {
  if (line_is_open_) std::cerr << std::endl;
  line_is_open_ = false;
}

void TrainingMeter::Read(const InputNotes& notes) { ReportInputNotes(notes); }

bool TrainingMeter::Stepped(const StepReport& report) {
  const bool go_on = !GracefulStop::Requested();
  if (quiet_) return go_on;
  const Clock::time_point now = Clock::now();
  const bool last = report.step == report.steps || !go_on;
  const auto interval = std::chrono::milliseconds(terminal_ ? 150 : 10000);
  if (!last && now - last_shown_ < interval) return go_on;
  last_shown_ = now;
  if (terminal_) {
    const std::size_t width = TerminalWidth(STDERR_FILENO).value_or(80) - 1;
    std::cerr << '\r' << Describe(report, width) << "\x1b[K" << std::flush;
    line_is_open_ = true;
  } else {
    std::cerr << Describe(report, std::string::npos) << std::endl;
  }
  return go_on;
}

void TrainingMeter::Validated(std::int64_t step, const Evaluation& evaluation) {
  if (quiet_) return;
  EndLine();
  std::cerr << "validation at step " << step << ": " << lm::Describe(evaluation) << std::endl;
}

}  // namespace bytepiece::lm
