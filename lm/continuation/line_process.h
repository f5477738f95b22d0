// SPDX-License-Identifier: Apache-2.0
// A program started by us that answers lines with lines: one line to its standard input,
// one line back from its standard output. Its standard error is ours.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bytepiece::lm {

class LineProcess {
 public:
  // Runs `command` with /bin/sh, in a process group of its own.
  static absl::StatusOr<std::unique_ptr<LineProcess>> Start(const std::string& command);

  // Closes the program's input, at which it should end; two seconds later it is killed. If a
  // signal ends us first, its input closes too, and ending is up to it.
  ~LineProcess();
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  // The program's next line, without its end. A program that says nothing and lives is
  // waited for. One that ends, or whose line has more than `most_bytes`, is an error.
  absl::StatusOr<std::string> Read(std::int64_t most_bytes);

  // Sends `line`, which has no line end of its own, and reads the answer. A program that no
  // longer reads raises no SIGPIPE.
  absl::StatusOr<std::string> Ask(const std::string& line, std::int64_t most_bytes);

  // An error: "program 'COMMAND', line N of its output: CAUSE", of the line read last.
  absl::Status Complaint(const std::string& cause) const;

 private:
  LineProcess(std::string command, pid_t pid, int input, int output);

  // Sends what is in `unsent` and reads until there is a line.
  absl::StatusOr<std::string> Exchange(std::string unsent, std::int64_t most_bytes);
  // Sends some of `unsent` and takes it off; whether the program still takes more.
  bool Send(std::string* unsent);
  // Waits for the program to end, kills it if it does not; how it ended, in words.
  std::string End();

  std::string command_;
  pid_t pid_;
  int input_;   // ours to write; -1 when closed
  int output_;  // ours to read
  std::string read_;
  std::int64_t lines_ = 0;
};

}  // namespace bytepiece::lm
