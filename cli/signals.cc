// SPDX-License-Identifier: Apache-2.0
// A thread of its own waits for the signals, which all others block: what it does
// then need not be async-signal-safe, and it answers at once whatever the others
// are waiting for. SIGPIPE alone comes to the thread that wrote, so it is handled
// there.
#include "cli/signals.h"

#include <signal.h>

#include <atomic>
#include <ctime>
#include <initializer_list>
#include <thread>

#include "bytepiece/atomic_file.h"

namespace bytepiece {
namespace {

constexpr timespec kPatience = {.tv_sec = 1, .tv_nsec = 0};

std::atomic<bool> graceful{false};
std::atomic<int> requested{0};  // the signal that asked for a graceful stop

// Also a signal handler: async-signal-safe.
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

void WaitForSignals(sigset_t signals) {
  int signal = 0;
  if (sigwait(&signals, &signal) != 0) return;
  if (graceful && (signal == SIGINT || signal == SIGTERM)) {
    requested = signal;
    const int second = sigtimedwait(&signals, nullptr, &kPatience);
    if (second > 0) signal = second;
  }
  EndBySignal(signal);
}

}  // namespace

void InstallSignalHandlers() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction earlier = {};
    sigaction(signal, nullptr, &earlier);
    if (earlier.sa_handler != SIG_IGN) sigaddset(&awaited, signal);
  }
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::thread(WaitForSignals, awaited).detach();
  struct sigaction action = {};
  action.sa_handler = EndBySignal;
  sigaction(SIGPIPE, &action, nullptr);
}

GracefulStop::GracefulStop() { graceful = true; }
GracefulStop::~GracefulStop() { graceful = false; }

bool GracefulStop::Requested() { return requested != 0; }

void GracefulStop::EndIfRequested() {
  if (requested != 0) EndBySignal(requested);
}

}  // namespace bytepiece
