// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/large_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

namespace bytepiece {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kCacheLine = 64;

constexpr std::size_t RoundUp(std::size_t bytes) {
  return (bytes + kLargePage - 1) / kLargePage * kLargePage;
}

}  // namespace

// Large blocks are mapped: what malloc hands out may have been touched, in ordinary
// pages, before.
void* AllocateLarge(std::size_t bytes) {
  if (bytes < kLargePage) {
    const std::size_t lines = bytes / kCacheLine + 1;
    void* const memory = std::aligned_alloc(kCacheLine, lines * kCacheLine);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  if (bytes > SIZE_MAX - 2 * kLargePage) throw std::bad_alloc();
  const std::size_t size = RoundUp(bytes);
  void* const mapped =
      mmap(nullptr, size + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* const begin = static_cast<char*>(mapped);
  const std::size_t before =
      RoundUp(reinterpret_cast<std::uintptr_t>(begin)) - reinterpret_cast<std::uintptr_t>(begin);
  char* const memory = begin + before;
  if (before > 0) munmap(begin, before);
  munmap(memory + size, kLargePage - before);
  // The rest after the last whole one would take a large page for few bytes.
  madvise(memory, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return memory;
}

void FreeLarge(void* memory, std::size_t bytes) {
  if (bytes < kLargePage) {
    std::free(memory);
  } else {
    munmap(memory, RoundUp(bytes));
  }
}

}  // namespace bytepiece
