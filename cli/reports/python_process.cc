// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/python_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

absl::Status Ended() {
  return absl::UnavailableError("python3, which runs the other tokenizers, has ended early");
}

// Starts it with `stream` as standard input and output, and with the signals as they are for a
// process of its own, where ours blocks them (cli/program/signals.h).
int Spawn(int stream, const std::vector<std::string>& words, pid_t* process) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, stream, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, stream, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error =
      posix_spawnp(process, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PythonProcess>> PythonProcess::Start(
    const std::string& script, const std::vector<std::string>& arguments) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot make a socket: ", std::strerror(errno)));
  }
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  std::vector<std::string> words = {"python3", "-c", script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  pid_t process = 0;
  if (const int error = Spawn(theirs.get(), words, &process); error != 0) {
    return absl::UnavailableError(absl::StrCat("cannot run python3: ", std::strerror(error)));
  }
  return std::unique_ptr<PythonProcess>(new PythonProcess(std::move(ours), process));
}

PythonProcess::~PythonProcess() {
  socket_ = FileDescriptor();
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::Status PythonProcess::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    // SIGPIPE would end us as if nobody read our own output.
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Ended();
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status PythonProcess::Read(char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = recv(socket_.get(), bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Ended();
    bytes += got;
    size -= static_cast<std::size_t>(got);
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
