// SPDX-License-Identifier: Apache-2.0
// A program started by us that answers lines with lines: one line to its standard input,
// one line back from its standard output. Its standard error is ours.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/io/child_process.h"

namespace bytepiece::lm {

class LineProcess {
 public:
  // Runs `command` with /bin/sh; its end is as ChildProcess says.
  static absl::StatusOr<std::unique_ptr<LineProcess>> Start(const std::string& command);

  // The program's next line, without its end. A program that says nothing and lives is
  // waited for. One that ends, or whose line has more than `most_bytes`, is an error.
  absl::StatusOr<std::string> Read(std::int64_t most_bytes);

  // Sends `line`, which has no line end of its own, and reads the answer. A program that no
  // longer reads raises no SIGPIPE.
  absl::StatusOr<std::string> Ask(const std::string& line, std::int64_t most_bytes);

  // An error: "program 'COMMAND', line N of its output: CAUSE", of the line read last.
  absl::Status Complaint(const std::string& cause) const;

 private:
  LineProcess(std::string command, std::unique_ptr<ChildProcess> process)
      : command_(std::move(command)), process_(std::move(process)) {}

  // Sends what is in `unsent` and reads until there is a line.
  absl::StatusOr<std::string> Exchange(std::string unsent, std::int64_t most_bytes);
  // Sends some of `unsent` and takes it off; whether the program still takes more.
  bool Send(std::string* unsent);

  std::string command_;
  std::unique_ptr<ChildProcess> process_;
  std::string read_;
  std::int64_t lines_ = 0;
};

}  // namespace bytepiece::lm
