// SPDX-License-Identifier: Apache-2.0
// Backward filtering, and drawing on the way, for processors with AVX-512. Internal
// to path_sampler.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytepiece/backward_filter.h"
#include "bytepiece/piece_scanner.h"

namespace bytepiece {

// As an engine's Advance (backward_filter.h): the positions before `from`, whose
// states are states[position - window.block_begin], in turn. `sets`: where the match
// set of each state begins in `words`, which hold weights (SamplingWeights::placed).
// Requires HasAvx512().
std::size_t FilterAvx512(const std::uint32_t* sets, const std::uint64_t* words,
                         const PieceScanner::State* states, std::size_t from,
                         const FilterWindow& window);

}  // namespace bytepiece
