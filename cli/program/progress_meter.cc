// SPDX-License-Identifier: Apache-2.0
#include "cli/program/progress_meter.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/program/errors.h"
#include "cli/program/signals.h"

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

// What the process and its files take, as far as it is known.
std::string DescribeSpace(const Progress& progress) {
  std::string text;
  if (progress.memory > 0) {
    absl::StrAppend(&text, ", ", FormatAmount(static_cast<double>(progress.memory), "bytes"),
                    " of memory");
  }
  if (progress.spilled > 0) {
    absl::StrAppend(&text, ", ", FormatAmount(static_cast<double>(progress.spilled), "bytes"),
                    " spilled");
  }
  return text;
}

// "42% of 1.3 GB, 85 MB/s, 9 s left", as far as it is known. What an earlier run
// did is done, but tells nothing of the rate.
std::string Describe(const Progress& progress, double seconds) {
  const double done = static_cast<double>(progress.done);
  const double total = static_cast<double>(progress.total);
  if (done <= 0) return "";
  const double rate =
      std::max(done - static_cast<double>(progress.skipped), 1.0) / std::max(seconds, 1e-3);
  const std::string rates = FormatAmount(rate, progress.unit) + "/s";
  const std::string space = DescribeSpace(progress);
  if (total <= 0) return absl::StrCat(FormatAmount(done, progress.unit), ", ", rates, space);
  return absl::StrFormat(
      "%.0f%% of %s, %s, %s left%s", std::floor(100 * std::min(1.0, done / total)),
      FormatAmount(total, progress.unit), rates, FormatDuration((total - done) / rate), space);
}

std::string Join(const std::string& heading, const std::string& description) {
  return description.empty() ? heading : heading + ": " + description;
}

}  // namespace

void AddProgressOptions(CLI::App* app, ProgressOptions* options) {
  auto* progress = app->add_flag("--progress", options->progress,
                                 "Show progress although standard error is no terminal");
  app->add_option("--log-json", options->log_json,
                  "Write progress to FILE, a JSON object a line, whatever is shown")
      ->type_name("FILE");
  app->add_flag("--quiet", options->quiet, "Show neither progress nor summary")->excludes(progress);
}

ProgressMeter::ProgressMeter(const ProgressOptions& options)
    : terminal_(isatty(STDERR_FILENO) != 0) {
  shown_ = !options.quiet && (terminal_ || options.progress);
  if (!options.log_json.empty()) {
    log_.open(options.log_json, std::ios::app);
    if (!log_) PrintError("cannot write " + options.log_json + "; going on without a log");
  }
}

ProgressMeter::~ProgressMeter() { FinishStage(); }

bool ProgressMeter::Update(const Progress& progress) {
  const bool go_on = !GracefulStop::Requested();
  if (!shown_ && !log_.is_open()) return go_on;
  const Clock::time_point now = Clock::now();
  const bool new_stage = progress.stage != stage_;
  if (new_stage) {
    FinishStage();
    stage_ = progress.stage;
    heading_ = Heading(progress);
    name_ = std::string(progress.name);
    stage_start_ = last_shown_ = last_logged_ = now;
  }
  latest_ = progress;
  amount_ = progress.done > 0 ? FormatAmount(progress.done, progress.unit) + " in " : "";
  const double seconds = Seconds(now - stage_start_);
  const auto interval = std::chrono::milliseconds(terminal_ ? 150 : 2000);
  if (shown_ && ((new_stage && terminal_) || now - last_shown_ >= interval)) {
    last_shown_ = now;
    Show(Join(heading_, Describe(progress, seconds)));
  }
  if (new_stage || now - last_logged_ >= std::chrono::seconds(2)) {
    last_logged_ = now;
    Log(new_stage ? "begin" : "progress", seconds);
  }
  return go_on;
}

void ProgressMeter::Note(std::string_view sentence) {
  FinishStage();
  PrintError("note: " + std::string(sentence));
}

void ProgressMeter::FinishStage() {
  if (stage_ == 0) return;
  const double seconds = Seconds(Clock::now() - stage_start_);
  Log("end", seconds);
  if (shown_) {
    Show(Join(heading_, amount_ + FormatDuration(seconds)));
    if (terminal_) std::cerr << std::endl;
  }
  stage_ = 0;
}

void ProgressMeter::Log(const char* event, double seconds) {
  if (!log_.is_open()) return;
  nlohmann::ordered_json line = {{"event", event},
                                 {"stage", stage_},
                                 {"stages", latest_.stages},
                                 {"name", name_},
                                 {"seconds", std::round(1000 * seconds) / 1000},
                                 {"done", latest_.done},
                                 {"total", latest_.total},
                                 {"unit", std::string(latest_.unit)},
                                 {"memory_bytes", latest_.memory},
                                 {"spilled_bytes", latest_.spilled}};
  log_ << line.dump() << std::endl;
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
