// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: stage, share done, rate, time left.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/progress.h"

namespace bytepiece {

struct ProgressOptions {
  bool progress = false;  // also where standard error is no terminal
  bool quiet = false;     // never; no summary either; notes all the same
  std::string log_json;   // a file; empty: none
};

// Adds --progress, --quiet and --log-json.
void AddProgressOptions(CLI::App* app, ProgressOptions* options);

// "1/6 counting n-grams: 42% of 1.3 GB, 9 s left, 85 MB/s, 1.2 GB of memory, 3.1 GB
// spilled". Bytes are those of the input as it is stored, packed or not, in every stage. On a
// terminal the line is rewritten in place some times a second, without what does not fit into its
// width, and stays when its stage ends; elsewhere (--progress) a line is added every two seconds. A
// log (--log-json) gets a JSON object a line: when a stage begins, every two seconds, and at its
// end. For one thread.
class ProgressMeter : public ProgressSink {
 public:
  explicit ProgressMeter(const ProgressOptions& options);
  // As Finish.
  ~ProgressMeter() override;

  // Not OK if the log could not be opened or written to. Work that has begun goes on without one.
  const absl::Status& status() const { return status_; }
  // Ends the line and the log; returns status().
  absl::Status Finish();

  // False once a stop was requested (signals.h).
  bool Update(const Progress& progress) override;
  // A line of its own, also if nothing else is shown.
  void Note(std::string_view sentence) override;

 private:
  using Clock = std::chrono::steady_clock;

  void FinishStage();
  // The heading and these.
  void Show(const std::vector<std::string>& parts);
  void Log(const char* event, double seconds);
  void CheckLog();

  bool shown_ = false;
  bool terminal_ = false;
  std::string log_path_;
  std::ofstream log_;
  absl::Status status_;
  Clock::time_point last_logged_;
  Progress latest_;  // its name is name_
  std::string name_;
  int stage_ = 0;        // 0: none yet
  std::string heading_;  // of the current stage
  Clock::time_point stage_start_;
  Clock::time_point last_shown_;
};

// "1.3 GB", "85 MB", "12 kB"; counts of other things as "1.3 M pieces".
std::string FormatAmount(double amount, std::string_view unit);

// "0.3 s", "42 s", "3:09", "1:02:03".
std::string FormatDuration(double seconds);

}  // namespace bytepiece
