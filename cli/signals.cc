// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>

#include "bytepiece/atomic_file.h"

namespace bytepiece {
namespace {

constexpr unsigned kPatienceSeconds = 1;

std::atomic<bool> graceful{false};
std::atomic<int> requested{0};  // the signal that asked for a graceful stop
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

void EndBySignal(int signal) {
  RemoveUnfinishedFiles();
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

void Handle(int signal) {
  const bool may_wait = signal == SIGINT || signal == SIGTERM;
  int none = 0;
  if (may_wait && graceful && requested.compare_exchange_strong(none, signal)) {
    alarm(kPatienceSeconds);
    return;
  }
  EndBySignal(signal == SIGALRM && requested != 0 ? requested.load() : signal);
}

}  // namespace

void InstallSignalHandlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM}) {
    struct sigaction earlier = {};
    sigaction(signal, nullptr, &earlier);
    if (earlier.sa_handler == SIG_IGN && signal != SIGPIPE) continue;
    struct sigaction action = {};
    action.sa_handler = Handle;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

GracefulStop::GracefulStop() { graceful = true; }
GracefulStop::~GracefulStop() { graceful = false; }

bool GracefulStop::Requested() { return requested != 0; }

void GracefulStop::EndIfRequested() {
  if (requested != 0) EndBySignal(requested);
}

}  // namespace bytepiece
