// SPDX-License-Identifier: Apache-2.0
// The recursion for processors with AVX-512. Internal to fast_viterbi.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "bytepiece/viterbi_kernel.h"

namespace bytepiece {

// Whether this processor runs AdvanceAvx512. False where it is not compiled.
bool HasAvx512();

// As AdvancePortable. Requires HasAvx512().
void AdvanceAvx512(const PieceScanner& scanner, const std::uint32_t* sets, std::size_t begin,
                   std::size_t end, const ScoreRing& ring, std::uint8_t* last_length);

// All starts of whole chunks that lie one after the other and that no match leaves:
// chunk i ends at ends[i] (ascending). The rings, of the same size, are unreached
// before and after; second_scores is a ring too. nearest[i], if given, becomes what AdvancePortable
// says, of a chunk that is not empty. Requires HasAvx512().
void AdvanceChunksAvx512(const PieceScanner& scanner, const std::uint32_t* sets,
                         absl::Span<const std::size_t> ends, const ScoreRing& ring,
                         double* second_scores, std::uint8_t* last_length,
                         double* nearest = nullptr);

}  // namespace bytepiece
