// SPDX-License-Identifier: Apache-2.0
// sampling_kernel.h for processors with AVX-512: the same numbers to the bit.
// Requires HasAvx512(). Internal to double_filter.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytepiece/sampling/sampling_weights.h"

namespace bytepiece {

// As SumPlain, but in steps of so many positions: it leaves all of a step where one total
// is out of range, and may write to the totals of as many positions before `begin`.
// `is_end`: no piece reaches beyond `from`, a chunk's end. Words are read ahead of time, as
// many and a step's before `begin`: any that a state may have.
inline constexpr std::size_t kSumStep = 4;
inline constexpr std::size_t kSumAhead = 32;
std::size_t SumAvx512(const SamplingWeights& weights, const std::uint32_t* words, std::size_t from,
                      std::size_t begin, bool is_end, double* totals);

// Several draws at once, one path each, from positions spread over [begin, end), at
// least some 100 of them: lengths[s] at the positions s that they come by, with
// uniforms[s]. Positions that are not reached stay. `slow(context, s)` is asked for the length
// where the word of s is marked kFree.
using SlowDraw = std::size_t (*)(const void* context, std::size_t position);
void WalkAvx512(const SamplingWeights& weights, const std::uint32_t* words, const double* totals,
                const double* uniforms, std::size_t begin, std::size_t end, SlowDraw slow,
                const void* context, std::uint8_t* lengths);

}  // namespace bytepiece
