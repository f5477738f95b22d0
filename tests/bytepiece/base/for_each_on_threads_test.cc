// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/for_each_on_threads.h"

#include <pthread.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("each number is worked on once, by threads that do not share their own") {
  for (const int threads : {1, 2, 7}) {
    std::vector<int> calls(1000);
    std::vector<std::atomic<int>> busy(static_cast<std::size_t>(threads));
    std::atomic<bool> is_shared = false;
    ForEachOnThreads(calls.size(), threads, [&](std::size_t i, int thread) {
      is_shared = is_shared || busy[static_cast<std::size_t>(thread)]++ > 0;
      ++calls[i];
      --busy[static_cast<std::size_t>(thread)];
    });
    CHECK(calls == std::vector<int>(1000, 1));
    CHECK_FALSE(is_shared);
  }
  ForEachOnThreads(0, 4, [](std::size_t, int) { FAIL(); });
}

TEST_CASE("an exception of any kind is thrown on, after all threads have ended") {
  std::atomic<int> calls = 0;
  const auto work = [&](std::size_t i, int) {
    ++calls;
    if (i == 3) throw std::length_error("too long");
  };
  CHECK_THROWS_AS(ForEachOnThreads(100000, 3, work), std::length_error);
  CHECK(calls > 3);
  CHECK(calls < 100000);
  const auto fail = [](std::size_t, int) { throw std::bad_alloc(); };
  CHECK_THROWS_AS(ForEachOnThreads(1, 1, fail), std::bad_alloc);
}

TEST_CASE("where no thread can be started, the caller's does all the work") {
  pthread_attr_t usual;
  REQUIRE(pthread_getattr_default_np(&usual) == 0);
  pthread_attr_t large = usual;
  REQUIRE(pthread_attr_setstacksize(&large, std::size_t{1} << 50) == 0);  // more than there is
  REQUIRE(pthread_setattr_default_np(&large) == 0);
  std::vector<int> thread_of(100, -1);
  ForEachOnThreads(thread_of.size(), 4, [&](std::size_t i, int thread) { thread_of[i] = thread; });
  REQUIRE(pthread_setattr_default_np(&usual) == 0);
  CHECK(thread_of == std::vector<int>(100, 0));
}

}  // namespace
}  // namespace bytepiece
