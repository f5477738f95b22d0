// SPDX-License-Identifier: Apache-2.0
// Memory for large tables that are read at random: asked for in the system's large
// pages, so that looking up an address costs no second miss. A hint: where there
// are none, ordinary pages serve.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <vector>

namespace bytepiece {

// Where a cache line begins. Throws std::bad_alloc, as allocators do.
void* AllocateLarge(std::size_t bytes);
// `bytes` as they were asked for.
void FreeLarge(void* memory, std::size_t bytes);

template <typename T>
struct LargePageAllocator {
  using value_type = T;

  LargePageAllocator() = default;
  template <typename U>
  LargePageAllocator(const LargePageAllocator<U>&) {}  // NOLINT: allocators convert

  T* allocate(std::size_t n) {
    if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(AllocateLarge(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t n) { FreeLarge(memory, n * sizeof(T)); }

  friend bool operator==(const LargePageAllocator&, const LargePageAllocator&) { return true; }
};

template <typename T>
using LargeVector = std::vector<T, LargePageAllocator<T>>;

}  // namespace bytepiece
