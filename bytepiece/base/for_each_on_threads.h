// SPDX-License-Identifier: Apache-2.0
// A parallel loop that exceptions do not leave.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace bytepiece {

// Calls work(i) for each i in [0, size), in any order, on up to `threads` (> 0) threads of OpenMP.
// Throws std::bad_alloc if one of the calls did; nothing else may be thrown.
template <typename Work>
void ForEachOnThreads(std::size_t size, int threads, Work work) {
  const auto count = static_cast<std::int64_t>(size);
  std::atomic<bool> is_out_of_memory = false;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      work(static_cast<std::size_t>(i));
    } catch (const std::bad_alloc&) {
      is_out_of_memory = true;
    }
  }
  if (is_out_of_memory) throw std::bad_alloc();
}

}  // namespace bytepiece
