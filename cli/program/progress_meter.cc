// SPDX-License-Identifier: Apache-2.0
#include "cli/program/progress_meter.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/program/signals.h"
#include "cli/program/terminal.h"

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

// "42% of 1.3 GB", "42% of 5 readings of 1.3 GB", "1.3 GB" if the total is not known.
std::string DescribeShare(const Progress& progress) {
  const double done = static_cast<double>(progress.done);
  const double total = static_cast<double>(progress.total);
  if (total <= 0) return FormatAmount(done, progress.unit);
  const std::string share =
      absl::StrFormat("%.0f%%", std::floor(100 * std::min(1.0, done / total)));
  if (progress.unit.empty()) return share;
  if (progress.readings <= 1) return share + " of " + FormatAmount(total, progress.unit);
  return absl::StrCat(share, " of ", progress.readings, " readings of ",
                      FormatAmount(total / static_cast<double>(progress.readings), progress.unit));
}

// Share, time left, rate, memory, as far as they are known; what matters most comes
// first. The part that an earlier run did is done, but tells nothing of the rate.
std::vector<std::string> Describe(const Progress& progress, double seconds) {
  std::vector<std::string> parts;
  const double done = static_cast<double>(progress.done);
  if (done > 0) {
    const double rate =
        std::max(done - static_cast<double>(progress.skipped), 1e-3) / std::max(seconds, 1e-3);
    parts.push_back(DescribeShare(progress));
    if (progress.total > 0) {
      const double left = std::max(static_cast<double>(progress.total) - done, 0.0);
      parts.push_back(FormatDuration(left / rate) + " left");
    }
    if (!progress.unit.empty()) parts.push_back(FormatAmount(rate, progress.unit) + "/s");
  }
  const auto add_bytes = [&parts](std::int64_t bytes, const char* of) {
    if (bytes > 0) parts.push_back(FormatAmount(static_cast<double>(bytes), "bytes") + of);
  };
  add_bytes(progress.memory, " of memory");
  add_bytes(progress.spilled, " spilled");
  return parts;
}

// "1.3 GB in 3.1 s", "5 readings of 1.3 GB in 9.8 s"
std::string DescribeDone(const Progress& progress, double seconds) {
  std::string amount;
  const double done = static_cast<double>(progress.done);
  if (progress.readings > 1 && progress.total > 0) {
    const double one = static_cast<double>(progress.total) / static_cast<double>(progress.readings);
    amount =
        absl::StrFormat("%.0f readings of %s in ", done / one, FormatAmount(one, progress.unit));
  } else if (progress.done > 0 && !progress.unit.empty()) {
    amount = FormatAmount(done, progress.unit) + " in ";
  }
  return amount + FormatDuration(seconds);
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
    log_path_ = options.log_json;
    log_.open(log_path_, std::ios::app);
    CheckLog();
  }
}

ProgressMeter::~ProgressMeter() { FinishStage(); }

absl::Status ProgressMeter::Finish() {
  FinishStage();
  return status_;
}

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
  const double seconds = Seconds(now - stage_start_);
  const auto interval = std::chrono::milliseconds(terminal_ ? 150 : 2000);
  if (shown_ && ((new_stage && terminal_) || now - last_shown_ >= interval)) {
    last_shown_ = now;
    Show(Describe(progress, seconds));
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
    Show({DescribeDone(latest_, seconds)});
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
                                 {"readings", latest_.readings},
                                 {"memory_bytes", latest_.memory},
                                 {"spilled_bytes", latest_.spilled}};
  log_ << line.dump() << std::endl;
  CheckLog();
}

// After the first failure there is no log any more.
void ProgressMeter::CheckLog() {
  if (log_) return;
  status_ = absl::UnavailableError(
      absl::StrCat("cannot write the log ", log_path_, ": ", std::strerror(errno)));
  log_.close();
}

void ProgressMeter::Show(const std::vector<std::string>& parts) {
  constexpr char kEraseToEndOfLine[] = "\x1b[K";
  const std::optional<std::size_t> width = TerminalWidth(STDERR_FILENO);
  if (width) {
    // Some terminals go to the next line when the last column is written.
    std::cerr << '\r' << FitLine(heading_, parts, *width - 1) << kEraseToEndOfLine << std::flush;
  } else {
    std::cerr << FitLine(heading_, parts, std::string::npos) << std::endl;
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
