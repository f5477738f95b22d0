// SPDX-License-Identifier: Apache-2.0
#include "cli/program/errors.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/cord.h"

namespace bytepiece {
namespace {

constexpr char kUsagePayload[] = "bytepiece/usage";

std::string& ProgramName() {
  static std::string* name = new std::string("bytepiece");  // lives until the very end
  return *name;
}

}  // namespace

void SetProgramName(const std::string& name) { ProgramName() = name; }

absl::Status UsageError(const std::string& message) {
  return AsUsageError(absl::InvalidArgumentError(message));
}

absl::Status AsUsageError(const absl::Status& status) {
  absl::Status usage = status;
  if (!usage.ok()) usage.SetPayload(kUsagePayload, absl::Cord());
  return usage;
}

void PrintError(const std::string& message) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::cerr << ProgramName() << ": " << line << std::endl;
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  PrintError(std::string(status.message()));
  return status.GetPayload(kUsagePayload) ? kExitUsage : kExitFailure;
}

}  // namespace bytepiece
