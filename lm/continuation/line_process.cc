// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/line_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece::lm {

absl::StatusOr<std::unique_ptr<LineProcess>> LineProcess::Start(const std::string& command) {
  absl::StatusOr<std::unique_ptr<ChildProcess>> process =
      ChildProcess::Start({"/bin/sh", "-c", command});
  if (!process.ok()) return process.status();
  return std::unique_ptr<LineProcess>(new LineProcess(command, *std::move(process)));
}

absl::Status LineProcess::Complaint(const std::string& cause) const {
  return absl::DataLossError(
      absl::StrCat("program '", command_, "', line ", lines_, " of its output: ", cause));
}

absl::StatusOr<std::string> LineProcess::Read(std::int64_t most_bytes) {
  return Exchange("", most_bytes);
}

absl::StatusOr<std::string> LineProcess::Ask(const std::string& line, std::int64_t most_bytes) {
  return Exchange(line + "\n", most_bytes);
}

bool LineProcess::Send(std::string* unsent) {
  const ssize_t sent =
      send(process_->input(), unsent->data(), unsent->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  unsent->erase(0, static_cast<std::size_t>(sent));
  return true;
}

absl::StatusOr<std::string> LineProcess::Exchange(std::string unsent, std::int64_t most_bytes) {
  if (process_->has_ended())
    return absl::FailedPreconditionError("program '" + command_ + "' has ended");
  // Sends and reads at once: a program may write before it has read all.
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = read_.find('\n', searched);
    searched = read_.size();
    if (static_cast<std::int64_t>(std::min(end, searched)) > most_bytes) {
      ++lines_;
      return Complaint(absl::StrCat("has more than ", most_bytes, " bytes"));
    }
    if (end != std::string::npos) {
      ++lines_;
      if (!unsent.empty()) return Complaint("came before the program had read its request");
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    pollfd waits[2] = {{process_->output(), POLLIN, 0},
                       {unsent.empty() ? -1 : process_->input(), POLLOUT, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "waiting");
    // A program that reads no more may still have a last line, or its end, to tell.
    if (waits[1].revents != 0 && !Send(&unsent)) unsent.clear();
    if (waits[0].revents == 0) continue;
    char buffer[1 << 16];
    const ssize_t got = read(process_->output(), buffer, sizeof(buffer));
    if (got > 0) read_.append(buffer, static_cast<std::size_t>(got));
    if (got == 0) {
      return absl::UnavailableError(absl::StrCat("program '", command_, "' ", process_->End(),
                                                 " after ", lines_,
                                                 " lines of output, where another was due"));
    }
    if (got < 0 && errno != EINTR && errno != EAGAIN) return absl::ErrnoToStatus(errno, "reading");
  }
}

}  // namespace bytepiece::lm
