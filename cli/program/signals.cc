// SPDX-License-Identifier: Apache-2.0
// A thread of its own waits for the signals, which all others block: what it does
// then need not be async-signal-safe, and it answers at once whatever the others
// are waiting for. Threads that a library started before main (OpenBLAS does) do not
// block them, and pass them on. SIGPIPE alone comes to the thread that wrote, so it is handled
// there.
#include "cli/program/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "bytepiece/io/mapped_file.h"
#include "bytepiece/io/unfinished_files.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

// Signals from outside that end a process which does not handle them.
constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};

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

// Signals that a process sends itself when its memory is not what it took it for, each with who
// handled it before.
struct Fault {
  int signal;
  struct sigaction earlier;
};
Fault faults[] = {{SIGBUS, {}}, {SIGSEGV, {}}, {SIGILL, {}},
                  {SIGFPE, {}}, {SIGTRAP, {}}, {SIGABRT, {}}};

// A signal handler, of threads that do not block the signals.
void PassOn(int signal) { pthread_kill(waiter, signal); }

// A mapped file that was cut is no memory any more, and one that was written over no longer what
// was checked. Anything else is a fault of ours, for whoever handled it before.
void EndByBadMemory(int signal) {
  static std::atomic_flag first = ATOMIC_FLAG_INIT;
  while (first.test_and_set()) pause();  // another thread is about to end the process
  if (const char* path = FindOverwrittenMapping()) {
    RemoveUnfinishedFiles();
    PrintErrorInPlace({path, kWasOverwritten});
    _exit(kExitFailure);
  }
  for (const Fault& fault : faults) {
    if (fault.signal == signal) sigaction(signal, &fault.earlier, nullptr);
  }
  first.clear();
}

std::string& LastWords() {
  static std::string* words = new std::string();  // lives until the very end
  return *words;
}

// Says a GracefulStop's last words, once.
void SayLastWords() {
  static std::atomic<bool> said{false};
  if (LastWords().empty() || said.exchange(true)) return;
  // Progress may have left a line without its end.
  if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\x1b[K";
  PrintError(LastWords());
}

void WaitForSignals(sigset_t signals) {
  int signal = 0;
  if (sigwait(&signals, &signal) != 0) return;
  if (graceful && (signal == SIGINT || signal == SIGTERM)) {
    requested = signal;
    const timespec patience = {.tv_sec = patience_seconds, .tv_nsec = 0};
    const int second = sigtimedwait(&signals, nullptr, &patience);
    if (second > 0) signal = second;
    SayLastWords();
  }
  EndBySignal(signal);
}

// False if no thread can be started.
bool StartWaiting(const sigset_t& signals) {
  try {
    std::thread thread(WaitForSignals, signals);
    waiter = thread.native_handle();
    thread.detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

void InstallSignalHandlers() {
  std::vector<int> awaited;
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kEnding) {
    struct sigaction earlier = {};
    sigaction(signal, nullptr, &earlier);
    if (earlier.sa_handler == SIG_IGN) continue;
    awaited.push_back(signal);
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  const bool waits = StartWaiting(set);
  if (!waits) pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  struct sigaction action = {};
  action.sa_handler = waits ? PassOn : EndBySignal;
  for (const int signal : awaited) sigaction(signal, &action, nullptr);
  action.sa_handler = EndBySignal;
  sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = EndByBadMemory;
  for (Fault& fault : faults) sigaction(fault.signal, &action, &fault.earlier);
  action.sa_handler = SIG_IGN;  // writing beyond the limit on files fails, and says so
  sigaction(SIGXFSZ, &action, nullptr);
}

GracefulStop::GracefulStop(const std::string& last_words, std::chrono::seconds patience) {
  LastWords() = last_words;
  patience_seconds = patience.count();
  graceful = true;
}
GracefulStop::~GracefulStop() { graceful = false; }

bool GracefulStop::Requested() { return requested != 0; }

void GracefulStop::EndIfRequested() {
  if (requested == 0) return;
  SayLastWords();
  EndBySignal(requested);
}

}  // namespace bytepiece
