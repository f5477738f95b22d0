// SPDX-License-Identifier: Apache-2.0
// The recursion for processors with AVX-512. Internal to fast_viterbi.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytepiece/viterbi_kernel.h"

namespace bytepiece {

// Whether this processor runs AdvanceAvx512. False where it is not compiled.
bool HasAvx512();

// As AdvancePortable. Requires HasAvx512().
void AdvanceAvx512(const PieceScanner& scanner, const PieceScanner::State* states,
                   std::size_t begin, std::size_t end, const ScoreRing& ring,
                   std::uint8_t* last_length);

}  // namespace bytepiece
