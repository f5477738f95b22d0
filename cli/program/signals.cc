// SPDX-License-Identifier: Apache-2.0
// A thread of its own waits for the signals, which all others block: what it does
// then need not be async-signal-safe, and it answers at once whatever the others
// are waiting for. Threads that a library started before main (OpenBLAS does) do not
// block them, and pass them on. SIGPIPE alone comes to the thread that wrote, so it is handled
// there.
#include "cli/program/signals.h"

#include <signal.h>

#include <atomic>
#include <ctime>
#include <initializer_list>
#include <thread>

#include "bytepiece/io/atomic_file.h"

namespace bytepiece {
namespace {

std::atomic<bool> graceful{false};
std::atomic<std::time_t> patience_seconds{1};
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

std::atomic<pthread_t> waiter{};

// A signal handler, of threads that do not block the signals.
void PassOn(int signal) { pthread_kill(waiter, signal); }

void WaitForSignals(sigset_t signals) {
  int signal = 0;
  if (sigwait(&signals, &signal) != 0) return;
  if (graceful && (signal == SIGINT || signal == SIGTERM)) {
    requested = signal;
    const timespec patience = {.tv_sec = patience_seconds, .tv_nsec = 0};
    const int second = sigtimedwait(&signals, nullptr, &patience);
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
  std::thread thread(WaitForSignals, awaited);
  waiter = thread.native_handle();
  thread.detach();
  struct sigaction action = {};
  action.sa_handler = PassOn;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    if (sigismember(&awaited, signal) == 1) sigaction(signal, &action, nullptr);
  }
  action.sa_handler = EndBySignal;
  sigaction(SIGPIPE, &action, nullptr);
}

GracefulStop::GracefulStop(std::chrono::seconds patience) {
  patience_seconds = patience.count();
  graceful = true;
}
GracefulStop::~GracefulStop() { graceful = false; }

bool GracefulStop::Requested() { return requested != 0; }

void GracefulStop::EndIfRequested() {
  if (requested != 0) EndBySignal(requested);
}

}  // namespace bytepiece
