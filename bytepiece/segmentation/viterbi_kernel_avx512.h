// SPDX-License-Identifier: Apache-2.0
// The recursion for processors with AVX-512. Internal to fast_viterbi.cc and parallel_chunk.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "bytepiece/segmentation/viterbi_kernel.h"

namespace bytepiece {

// As AdvancePortable. Requires HasAvx512().
void AdvanceAvx512(const PieceScanner& scanner, const std::uint32_t* sets, std::size_t begin,
                   std::size_t end, const ScoreRing& ring, std::uint8_t* last_length);

// As AdvanceChunksPortable; second_scores is a ring, too, of the same size. Requires
// HasAvx512().
void AdvanceChunksAvx512(const PieceScanner& scanner, const std::uint32_t* sets,
                         absl::Span<const std::size_t> ends, const ScoreRing& ring,
                         double* second_scores, std::uint8_t* last_length);

}  // namespace bytepiece
