// SPDX-License-Identifier: Apache-2.0
// Preloaded (LD_PRELOAD), makes allocation number FAILING_MALLOC fail: counted from 0, from where
// the program has installed its handler of SIGPIPE, before which nobody could be told. With
// FAILING_MALLOC_ALL all that follow fail, too; with FAILING_MALLOC_COUNT their number is
// printed at the end.
#include <dlfcn.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<bool> begun{false};
std::atomic<long> number{0};

bool Fails() {
  static const char* const wanted = std::getenv("FAILING_MALLOC");
  static const long failing = wanted == nullptr ? -1 : std::atol(wanted);
  static const bool all = std::getenv("FAILING_MALLOC_ALL") != nullptr;
  if (!begun) return false;
  const long i = number.fetch_add(1);
  if (failing < 0 || (all ? i < failing : i != failing)) return false;
  errno = ENOMEM;
  return true;
}

__attribute__((destructor)) void Report() {
  if (std::getenv("FAILING_MALLOC_COUNT") != nullptr) dprintf(2, "%ld\n", number.load());
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) { return Fails() ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t count, std::size_t size) {
  return Fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  return size > 0 && Fails() ? nullptr : __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return Fails() ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

int sigaction(int signal, const struct sigaction* action, struct sigaction* earlier) {
  static const auto real =
      reinterpret_cast<int (*)(int, const struct sigaction*, struct sigaction*)>(
          dlsym(RTLD_NEXT, "sigaction"));
  if (signal == SIGPIPE) begun = true;
  return real(signal, action, earlier);
}

}  // extern "C"
