// SPDX-License-Identifier: Apache-2.0
// A program started by us, whose standard input we write and whose standard output we read.
// Its standard error is ours.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

class ChildProcess {
 public:
  // Runs words[0], which PATH finds, with the other words as its arguments, in a process group
  // of its own, with signals as if we had not changed them. Errors name it.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& words);
  // End(). If a signal ends us first, the program's input closes too, and ending is up to it.
  ~ChildProcess() { End(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Ours to write: a socket, since sending to one can be told to raise no SIGPIPE.
  int input() const { return input_.get(); }
  // Ours to read.
  int output() const { return output_.get(); }

  // Closes both, at which the program should end; two seconds later it is killed, with all that
  // it has started. Says how it ended: "ended with exit status 1".
  std::string End();
  bool has_ended() const { return pid_ < 0; }

 private:
  ChildProcess(FileDescriptor input, FileDescriptor output, pid_t pid)
      : input_(std::move(input)), output_(std::move(output)), pid_(pid) {}

  FileDescriptor input_;
  FileDescriptor output_;
  pid_t pid_;  // -1 when it has been waited for
};

}  // namespace bytepiece
