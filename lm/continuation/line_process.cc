// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/line_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace bytepiece::lm {
namespace {

absl::Status SystemError(int number, const std::string& what) {
  return absl::ErrnoToStatus(number, what);
}

void Close(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

// The program's standard input and output are these; signals are as if nobody had changed
// them.
int Spawn(const std::string& command, int input, int output, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::string shell = "sh", option = "-c", text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  const int error = posix_spawn(pid, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("was ended by signal ", WTERMSIG(status));
  return absl::StrCat("ended with exit status ", WEXITSTATUS(status));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LineProcess>> LineProcess::Start(const std::string& command) {
  // A socket, because writing to one can be told to raise no signal.
  int input[2], output[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0) {
    return SystemError(errno, "making a socket");
  }
  if (pipe2(output, O_CLOEXEC) != 0) {
    const int error = errno;
    Close(&input[0]);
    Close(&input[1]);
    return SystemError(error, "making a pipe");
  }
  pid_t pid = -1;
  const int error = Spawn(command, input[1], output[1], &pid);
  Close(&input[1]);
  Close(&output[1]);
  if (error != 0) {
    Close(&input[0]);
    Close(&output[0]);
    return SystemError(error, absl::StrCat("starting '", command, "'"));
  }
  return std::unique_ptr<LineProcess>(new LineProcess(command, pid, input[0], output[0]));
}

LineProcess::LineProcess(std::string command, pid_t pid, int input, int output)
    : command_(std::move(command)), pid_(pid), input_(input), output_(output) {}

LineProcess::~LineProcess() { End(); }

std::string LineProcess::End() {
  Close(&input_);
  Close(&output_);
  if (pid_ < 0) return "has ended before";
  const pid_t pid = std::exchange(pid_, -1);
  constexpr std::chrono::milliseconds kPause(5);
  constexpr int kPauses = 400;
  int status = 0;
  for (int i = 0; i < kPauses; ++i) {
    if (waitpid(pid, &status, WNOHANG) != 0) return HowItEnded(status);
    std::this_thread::sleep_for(kPause);
  }
  kill(-pid, SIGKILL);  // what the shell started, too
  waitpid(pid, &status, 0);
  return "closed its output and did not end";
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
  const ssize_t sent = send(input_, unsent->data(), unsent->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  unsent->erase(0, static_cast<std::size_t>(sent));
  return true;
}

absl::StatusOr<std::string> LineProcess::Exchange(std::string unsent, std::int64_t most_bytes) {
  if (pid_ < 0) return absl::FailedPreconditionError("program '" + command_ + "' has ended");
  // Both at once: a program may write before it has read all.
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
    pollfd waits[2] = {{output_, POLLIN, 0}, {unsent.empty() ? -1 : input_, POLLOUT, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return SystemError(errno, "waiting");
    // A program that reads no more may still have a last line, or its end, to tell.
    if (waits[1].revents != 0 && !Send(&unsent)) unsent.clear();
    if (waits[0].revents == 0) continue;
    char buffer[1 << 16];
    const ssize_t got = read(output_, buffer, sizeof(buffer));
    if (got > 0) read_.append(buffer, static_cast<std::size_t>(got));
    if (got == 0) {
      return absl::UnavailableError(absl::StrCat("program '", command_, "' ", End(), " after ",
                                                 lines_,
                                                 " lines of output, where another was due"));
    }
    if (got < 0 && errno != EINTR && errno != EAGAIN) return SystemError(errno, "reading");
  }
}

}  // namespace bytepiece::lm
