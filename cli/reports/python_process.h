// SPDX-License-Identifier: Apache-2.0
// The user's Python, at work for us: a script that answers what it is sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/io/child_process.h"

namespace bytepiece {

// For one thread. The script should read all of a question before it answers.
class PythonProcess {
 public:
  // Runs the first python3 of PATH.
  static absl::StatusOr<std::unique_ptr<PythonProcess>> Start(
      const std::string& script, const std::vector<std::string>& arguments);

  // To its standard input. Errors of these: it has ended.
  absl::Status Write(std::string_view bytes);
  // From its standard output: exactly so many bytes; a line without its end.
  absl::Status Read(char* bytes, std::size_t size);
  absl::StatusOr<std::string> ReadLine();

 private:
  explicit PythonProcess(std::unique_ptr<ChildProcess> process) : process_(std::move(process)) {}

  std::unique_ptr<ChildProcess> process_;
};

}  // namespace bytepiece
