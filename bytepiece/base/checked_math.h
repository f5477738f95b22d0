// SPDX-License-Identifier: Apache-2.0
// Sums and products of counts, weights and sizes that others chose: none wraps around.
//
//   std::int64_t sum = 0;
//   for (const Part& part : parts) {
//     if (!AddProduct(part.count, part.weight, &sum)) return TooLarge(part);
//   }
#pragma once

#include <cstdint>

namespace bytepiece {

// *sum += value. False if that is outside 64 bits; then *sum is of no use.
[[nodiscard]] inline bool AddTo(std::int64_t value, std::int64_t* sum) {
  return !__builtin_add_overflow(*sum, value, sum);
}

// *sum += a * b, likewise.
[[nodiscard]] inline bool AddProduct(std::int64_t a, std::int64_t b, std::int64_t* sum) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(a, b, &product) && AddTo(product, sum);
}

}  // namespace bytepiece
