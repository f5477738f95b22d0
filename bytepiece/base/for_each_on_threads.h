// SPDX-License-Identifier: Apache-2.0
// A loop shared out among threads, as many as can be started.
//
// Threads of its own, since OpenMP ends the process where a thread cannot be started. Here the
// others do its work: no result depends on the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace bytepiece {

// Calls work(i, thread) for each i in [0, size), in ascending order of their beginnings, on up to
// `threads` (> 0) threads, numbered from 0, the caller's; no two calls at once have the same
// number. If calls throw, no more begin, and the first exception is thrown on.
template <typename Work>
void ForEachOnThreads(std::size_t size, int threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr thrown;
  std::once_flag has_thrown;
  const auto run = [&](int thread) {
    try {
      for (std::size_t i = next++; i < size; i = next++) work(i, thread);
    } catch (...) {
      next = size;
      std::call_once(has_thrown, [&] { thrown = std::current_exception(); });
    }
  };
  std::vector<std::thread> others;
  try {
    const std::size_t most = std::min(size, static_cast<std::size_t>(threads));
    if (most > 1) others.reserve(most - 1);
    for (std::size_t i = 1; i < most; ++i) others.emplace_back(run, static_cast<int>(i));
  } catch (const std::system_error&) {  // no more threads
  } catch (const std::bad_alloc&) {     // nor memory for them
  }
  run(0);
  for (std::thread& other : others) other.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace bytepiece
