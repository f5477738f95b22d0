// SPDX-License-Identifier: Apache-2.0
#include "cli/program/errors.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/io/mapped_file.h"
#include "cli/program/printable.h"

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

absl::Status CheckMappedFiles() {
  const char* const path = FindOverwrittenMapping();
  if (path == nullptr) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, kWasOverwritten));
}

void PrintError(const std::string& message) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::cerr << ProgramName() + ": " + Printable(line) + "\n" << std::flush;
}

void PrintErrorInPlace(std::initializer_list<std::string_view> parts) {
  std::array<char, 4096> line;
  std::size_t size = 0;
  const auto add = [&](std::string_view text) {
    for (const char c : text.substr(0, line.size() - 1 - size)) {
      line[size++] = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    }
  };
  add(ProgramName());
  add(": ");
  for (const std::string_view part : parts) add(part);
  line[size++] = '\n';
  static_cast<void>(!write(STDERR_FILENO, line.data(), size));  // else nobody can be told
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  PrintError(std::string(status.message()));
  return status.GetPayload(kUsagePayload) ? kExitUsage : kExitFailure;
}

}  // namespace bytepiece
