// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

extern char** environ;

namespace bytepiece {
namespace {

// Starts the program with these as its standard input and output.
int Spawn(const std::vector<std::string>& words, int input, int output, pid_t* pid) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // Our programs block some signals and ignore these (cli/program/signals.h); what whoever
  // started us ignores, as nohup does, stays so.
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  const int error = posix_spawnp(pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("was ended by signal ", WTERMSIG(status));
  return absl::StrCat("ended with exit status ", WEXITSTATUS(status));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& words) {
  int input[2], output[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a socket");
  }
  FileDescriptor our_input(input[0]);
  const FileDescriptor its_input(input[1]);
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  FileDescriptor our_output(output[0]);
  const FileDescriptor its_output(output[1]);
  pid_t pid = -1;
  if (const int error = Spawn(words, its_input.get(), its_output.get(), &pid); error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", words[0]));
  }
  return std::unique_ptr<ChildProcess>(
      new ChildProcess(std::move(our_input), std::move(our_output), pid));
}

std::string ChildProcess::End() {
  input_ = FileDescriptor();
  output_ = FileDescriptor();
  if (pid_ < 0) return "has ended before";
  const pid_t pid = std::exchange(pid_, -1);
  constexpr std::chrono::milliseconds kPause(5);
  constexpr int kPauses = 400;
  int status = 0;
  for (int i = 0; i < kPauses; ++i) {
    if (waitpid(pid, &status, WNOHANG) != 0) return HowItEnded(status);
    std::this_thread::sleep_for(kPause);
  }
  kill(-pid, SIGKILL);  // what it has started, too
  waitpid(pid, &status, 0);
  return "closed its output and did not end";
}

}  // namespace bytepiece
