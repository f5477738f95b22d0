// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/child_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::unique_ptr<ChildProcess> StartShell(const std::string& command) {
  auto process = ChildProcess::Start({"sh", "-c", command});
  REQUIRE(process.ok());
  return *std::move(process);
}

// All that it writes until it closes its output.
std::string AllOutput(const ChildProcess& process) {
  std::string all;
  char buffer[256];
  for (;;) {
    const auto size = ReadSome(process.output(), "it", buffer, sizeof(buffer));
    REQUIRE(size.ok());
    if (*size == 0) return all;
    all.append(buffer, *size);
  }
}

TEST_CASE("a program found by PATH gets its arguments as they are, reads and writes") {
  auto process = ChildProcess::Start({"printf", "%s|", "a b", "$HOME", ""});
  REQUIRE(process.ok());
  CHECK(AllOutput(**process) == "a b|$HOME||");
  CHECK((*process)->End() == "ended with exit status 0");
  CHECK((*process)->has_ended());

  const auto echo = StartShell("read line; echo \"<$line>\"");
  const std::string_view line = "word\n";
  REQUIRE(send(echo->input(), line.data(), line.size(), MSG_NOSIGNAL) == std::ssize(line));
  CHECK(AllOutput(*echo) == "<word>\n");
}

TEST_CASE("it is told how a program ended") {
  CHECK(StartShell("exit 3")->End() == "ended with exit status 3");
  const auto killed = StartShell("kill -9 $$");
  CHECK(AllOutput(*killed).empty());
  CHECK(killed->End() == "was ended by signal 9");
  CHECK(killed->End() == "has ended before");
  const auto missing = ChildProcess::Start({"no-such-program-anywhere"});
  REQUIRE_FALSE(missing.ok());
  CHECK_THAT(std::string(missing.status().message()), Contains("no-such-program-anywhere"));
}

TEST_CASE("a program has the signals that we block or ignore for ourselves") {
  struct sigaction earlier;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &earlier);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto pipe_signal = StartShell("kill -PIPE $$; echo lives");
  const auto blocked_signal = StartShell("kill -TERM $$; echo lives");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  sigaction(SIGPIPE, &earlier, nullptr);
  CHECK(AllOutput(*pipe_signal).empty());
  CHECK(AllOutput(*blocked_signal).empty());
}

TEST_CASE("a program that stays after its input has ended is killed, and all it started") {
  // They hold the end of a pipe, which tells when the last of them is gone.
  int held[2];
  REQUIRE(pipe(held) == 0);
  auto process = StartShell("sleep 1000 & echo started; wait");
  close(held[1]);
  pollfd end = {held[0], POLLIN, 0};
  CHECK(poll(&end, 1, 100) == 0);
  CHECK(process->End() == "closed its output and did not end");
  CHECK(poll(&end, 1, 10000) == 1);
  close(held[0]);
}

}  // namespace
}  // namespace bytepiece
