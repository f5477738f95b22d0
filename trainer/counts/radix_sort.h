// SPDX-License-Identifier: Apache-2.0
// Sorts unsigned keys by their bytes: from the top byte down until a bucket
// fits the cache, then the bucket from the lowest byte up.
//
// Text is skewed and repeats itself, so comparison sorts mispredict on nearly
// every key; and one pass per byte over a whole large array misses the cache on
// every write. Bytes that are equal throughout a bucket cost no pass.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace bytepiece {
namespace radix_sort_internal {

// 128 kB of 64-bit keys and as much scratch: half of a common L2 cache.
inline constexpr std::size_t kCacheSizedBucket = std::size_t{1} << 14;
// Below, the histogram costs more than the comparisons.
inline constexpr std::size_t kTinyBucket = 96;

using Histogram = std::array<std::size_t, 256>;

template <typename Key>
std::uint8_t Digit(Key key, int shift) {
  return static_cast<std::uint8_t>(key >> shift);
}

// Moves `from` into `to` by the digit at `shift`, stably. *histogram becomes
// the end of each digit's bucket.
template <typename Key>
void Scatter(const Key* from, Key* to, std::size_t size, int shift, Histogram* histogram) {
  std::size_t begin = 0;
  for (std::size_t& entry : *histogram) begin += std::exchange(entry, begin);
  for (std::size_t i = 0; i < size; ++i) to[(*histogram)[Digit(from[i], shift)]++] = from[i];
}

// Least significant digit first, digits shift 0 .. top_shift. The result is in `keys` or in
// `scratch`, and that is returned.
template <typename Key>
Key* SortUpwards(Key* keys, Key* scratch, std::size_t size, int top_shift) {
  std::array<Histogram, sizeof(Key)> histograms = {};
  for (std::size_t i = 0; i < size; ++i) {
    for (int shift = 0; shift <= top_shift; shift += 8) {
      ++histograms[shift / 8][Digit(keys[i], shift)];
    }
  }
  Key* from = keys;
  Key* to = scratch;
  for (int shift = 0; shift <= top_shift; shift += 8) {
    if (histograms[shift / 8][Digit(from[0], shift)] == size) continue;
    Scatter(from, to, size, shift, &histograms[shift / 8]);
    std::swap(from, to);
  }
  return from;
}

// Sorts `keys`, which agree above the digit at `top_shift`, into `result`, which is `keys` or
// `scratch`: a large array is written once a digit, not twice.
template <typename Key>
void Sort(Key* keys, Key* scratch, std::size_t size, int top_shift, Key* result) {
  const auto bring = [&](const Key* sorted) {
    if (sorted != result) std::copy(sorted, sorted + size, result);
  };
  if (size <= kTinyBucket) {
    std::sort(keys, keys + size);
    return bring(keys);
  }
  if (size <= kCacheSizedBucket) return bring(SortUpwards(keys, scratch, size, top_shift));
  Histogram histogram = {};
  for (std::size_t i = 0; i < size; ++i) ++histogram[Digit(keys[i], top_shift)];
  if (histogram[Digit(keys[0], top_shift)] == size) {
    if (top_shift == 0) return bring(keys);
    return Sort(keys, scratch, size, top_shift - 8, result);
  }
  Scatter(keys, scratch, size, top_shift, &histogram);
  if (top_shift == 0) return bring(scratch);
  std::size_t begin = 0;
  for (const std::size_t end : histogram) {
    if (end > begin) {
      Sort(scratch + begin, keys + begin, end - begin, top_shift - 8, result + begin);
    }
    begin = std::max(begin, end);
  }
}

}  // namespace radix_sort_internal

// Ascending. `scratch` has room for `size` keys.
template <typename Key>
void RadixSort(Key* keys, Key* scratch, std::size_t size) {
  radix_sort_internal::Sort(keys, scratch, size, 8 * static_cast<int>(sizeof(Key)) - 8, keys);
}

}  // namespace bytepiece
