// SPDX-License-Identifier: Apache-2.0
// The segmentations of all chunks of one long text, by several threads: the ids of
// AppendSegmentations (fast_viterbi.h). Chunks are dealt out in runs; one that is longer than a
// run is cut itself (parallel_chunk.h).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

// From so many bytes on threads are worth starting.
inline constexpr std::size_t kLongText = std::size_t{1} << 19;

// Appends the ids as id_offset + value. The scanner, which must not be empty, was built with
// `scores`. Memory beside the ids: as much again, and some MB for each of `threads` (> 0).
void AppendSegmentationsOnThreads(const PieceScanner& scanner, absl::Span<const double> scores,
                                  std::string_view text, TokenId id_offset, int threads,
                                  std::vector<TokenId>* ids);

}  // namespace bytepiece
