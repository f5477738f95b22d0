// SPDX-License-Identifier: Apache-2.0
#include "cli/program/stack.h"

#include <pthread.h>
#include <sys/resource.h>

namespace bytepiece {
namespace {

constexpr std::size_t kEnough = std::size_t{2} << 20;  // bytes

void* Call(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
  return nullptr;
}

bool HasEnoughStack() {
  rlimit limit = {};
  return getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kEnough;
}

}  // namespace

void RunWithEnoughStack(const std::function<void()>& work) {
  if (HasEnoughStack()) return work();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kEnough);
#ifdef __GLIBC__
  pthread_setattr_default_np(&attributes);
#endif
  pthread_t thread;
  const bool started = pthread_create(&thread, &attributes, Call,
                                      const_cast<void*>(static_cast<const void*>(&work))) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) return work();
  pthread_join(thread, nullptr);
}

}  // namespace bytepiece
