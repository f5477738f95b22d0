// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/python_process.h"

#include <sys/socket.h>

#include <cerrno>

#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {
namespace {

absl::Status Ended() {
  return absl::UnavailableError("python3, which runs the other tokenizers, has ended early");
}

}  // namespace

absl::StatusOr<std::unique_ptr<PythonProcess>> PythonProcess::Start(
    const std::string& script, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"python3", "-c", script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  absl::StatusOr<std::unique_ptr<ChildProcess>> process = ChildProcess::Start(words);
  if (!process.ok()) return process.status();
  return std::unique_ptr<PythonProcess>(new PythonProcess(*std::move(process)));
}

absl::Status PythonProcess::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    // SIGPIPE would end us as if nobody read our own output.
    const ssize_t sent = send(process_->input(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Ended();
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status PythonProcess::Read(char* bytes, std::size_t size) {
  while (size > 0) {
    const absl::StatusOr<std::size_t> got = ReadSome(process_->output(), "python3", bytes, size);
    if (!got.ok()) return got.status();
    if (*got == 0) return Ended();
    bytes += *got;
    size -= *got;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PythonProcess::ReadLine() {
  std::string line;
  for (char c = 0;;) {
    if (absl::Status status = Read(&c, 1); !status.ok()) return status;
    if (c == '\n') return line;
    line += c;
  }
}

}  // namespace bytepiece
