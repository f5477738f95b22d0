// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: stage, share done, rate, time left.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "trainer/progress.h"

namespace bytepiece {

struct ProgressOptions {
  bool progress = false;  // also where standard error is no terminal
  bool quiet = false;     // never; no summary either
};

// Adds --progress and --quiet.
void AddProgressOptions(CLI::App* app, ProgressOptions* options);

// "1/4 counting n-grams: 42% of 1.3 GB, 85 MB/s, 9 s left". On a terminal the
// line is rewritten in place some times a second, and stays when its stage ends;
// elsewhere (--progress) a line is added every two seconds. For one thread.
class ProgressMeter : public ProgressSink {
 public:
  explicit ProgressMeter(const ProgressOptions& options);
  // Ends the line.
  ~ProgressMeter() override;

  // False once a stop was requested (signals.h).
  bool Update(const Progress& progress) override;

 private:
  using Clock = std::chrono::steady_clock;

  void FinishStage();
  void Show(const std::string& line);

  bool shown_ = false;
  bool terminal_ = false;
  int stage_ = 0;        // 0: none yet
  std::string heading_;  // of the current stage
  std::string amount_;   // done in it
  Clock::time_point stage_start_;
  Clock::time_point last_shown_;
};

// "1.3 GB", "85 MB", "12 kB"; counts of other things as "1.3 M pieces".
std::string FormatAmount(double amount, std::string_view unit);

// "0.3 s", "42 s", "3:09", "1:02:03".
std::string FormatDuration(double seconds);

}  // namespace bytepiece
