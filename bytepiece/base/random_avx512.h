// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10, eight blocks at a time. Internal to random.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bytepiece {

// The two doubles (random.cc tells which) of each of the blocks from `counter` on, of
// which there are `blocks`, and whose first number must not overflow. Writes those of
// as many as fill registers, and returns their number. Requires HasAvx512()
// (viterbi_kernel_avx512.h).
std::size_t FillAvx512(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key,
                       std::size_t blocks, double* numbers);

}  // namespace bytepiece
