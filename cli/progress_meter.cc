// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_meter.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
namespace bytepiece {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string Heading(const Progress& progress) {
  const absl::string_view name(progress.name.data(), progress.name.size());
  if (progress.stages == 1) return absl::StrCat(name, ": ");
  return absl::StrCat(progress.stage, "/", progress.stages, " ", name, ": ");
}

std::string Describe(const Progress& progress, double seconds) {
  const double done = static_cast<double>(progress.done);
  const double total = static_cast<double>(progress.total);
  std::string line = Heading(progress);
  if (progress.total > 0) {
    absl::StrAppendFormat(&line, "%.0f%% of ", std::floor(100 * std::min(1.0, done / total)));
  }
  line += FormatAmount(progress.total > 0 ? total : done, progress.unit);
  if (seconds <= 0 || done <= 0) return line;
  const double rate = done / seconds;
  line += ", " + FormatAmount(rate, progress.unit) + "/s";
  if (progress.total > 0) line += ", " + FormatDuration((total - done) / rate) + " left";
  return line;
}

}  // namespace

void AddProgressOptions(CLI::App* app, ProgressOptions* options) {
  auto* progress = app->add_flag("--progress", options->progress,
                                 "Show progress although standard error is no terminal");
  app->add_flag("--quiet", options->quiet, "Show neither progress nor summary")->excludes(progress);
}

ProgressMeter::ProgressMeter(const ProgressOptions& options)
    : terminal_(isatty(STDERR_FILENO) != 0) {
  shown_ = !options.quiet && (terminal_ || options.progress);
}

ProgressMeter::~ProgressMeter() { FinishStage(); }

bool ProgressMeter::Update(const Progress& progress) {
  if (!shown_) return true;
  const Clock::time_point now = Clock::now();
  if (progress.stage != stage_) {
    FinishStage();
    stage_ = progress.stage;
    stage_start_ = last_shown_ = now;
  }
  const double seconds = Seconds(now - stage_start_);
  finished_line_ = absl::StrCat(Heading(progress), FormatAmount(progress.done, progress.unit),
                                " in ", FormatDuration(seconds));
  const auto interval = std::chrono::milliseconds(terminal_ ? 150 : 2000);
  if (now - last_shown_ < interval) return true;
  last_shown_ = now;
  Show(Describe(progress, seconds));
  return true;
}

void ProgressMeter::FinishStage() {
  if (!shown_ || stage_ == 0) return;
  Show(finished_line_);
  if (terminal_) std::cerr << std::endl;
  stage_ = 0;
}

void ProgressMeter::Show(const std::string& line) {
  constexpr char kEraseToEndOfLine[] = "\x1b[K";
  if (terminal_) {
    std::cerr << '\r' << line << kEraseToEndOfLine << std::flush;
  } else {
    std::cerr << line << std::endl;
  }
}

std::string FormatAmount(double amount, std::string_view unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  std::size_t i = 0;
  while (amount >= 999.5 && i + 1 < std::size(kPrefixes)) {
    amount /= 1000;
    ++i;
  }
  const int decimals = i > 0 && amount < 9.95 ? 1 : 0;
  const std::string number = absl::StrFormat("%.*f", decimals, amount);
  if (unit == "bytes") return absl::StrCat(number, " ", kPrefixes[i], "B");
  return absl::StrCat(number, i == 0 ? "" : " ", kPrefixes[i], " ",
                      absl::string_view(unit.data(), unit.size()));
}

std::string FormatDuration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(std::max(seconds, 0.0), 1e9) + 0.5);
  const std::int64_t hours = whole / 3600;
  if (hours == 0) return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
}

}  // namespace bytepiece
