// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_meter.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/signals.h"
namespace bytepiece {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string Heading(const Progress& progress) {
  const absl::string_view name(progress.name.data(), progress.name.size());
  if (progress.stages == 1) return std::string(name);
  return absl::StrCat(progress.stage, "/", progress.stages, " ", name);
}

// "42% of 1.3 GB, 85 MB/s, 9 s left", as far as it is known.
std::string Describe(const Progress& progress, double seconds) {
  const double done = static_cast<double>(progress.done);
  const double total = static_cast<double>(progress.total);
  if (done <= 0) return "";
  const double rate = done / std::max(seconds, 1e-3);
  const std::string rates = FormatAmount(rate, progress.unit) + "/s";
  if (total <= 0) return absl::StrCat(FormatAmount(done, progress.unit), ", ", rates);
  return absl::StrFormat("%.0f%% of %s, %s, %s left", std::floor(100 * std::min(1.0, done / total)),
                         FormatAmount(total, progress.unit), rates,
                         FormatDuration((total - done) / rate));
}

std::string Join(const std::string& heading, const std::string& description) {
  return description.empty() ? heading : heading + ": " + description;
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
  const bool go_on = !GracefulStop::Requested();
  if (!shown_) return go_on;
  const Clock::time_point now = Clock::now();
  const bool new_stage = progress.stage != stage_;
  if (new_stage) {
    FinishStage();
    stage_ = progress.stage;
    heading_ = Heading(progress);
    stage_start_ = last_shown_ = now;
  }
  amount_ = progress.done > 0 ? FormatAmount(progress.done, progress.unit) + " in " : "";
  const auto interval = std::chrono::milliseconds(terminal_ ? 150 : 2000);
  if ((new_stage && terminal_) || now - last_shown_ >= interval) {
    last_shown_ = now;
    Show(Join(heading_, Describe(progress, Seconds(now - stage_start_))));
  }
  return go_on;
}

void ProgressMeter::FinishStage() {
  if (!shown_ || stage_ == 0) return;
  Show(Join(heading_, amount_ + FormatDuration(Seconds(Clock::now() - stage_start_))));
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
  if (seconds < 9.95) return absl::StrFormat("%.1f s", std::max(seconds, 0.0));
  if (seconds < 59.5) return absl::StrFormat("%.0f s", seconds);
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 1e9) + 0.5);
  const std::int64_t hours = whole / 3600;
  if (hours == 0) return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
}

}  // namespace bytepiece
