// SPDX-License-Identifier: Apache-2.0
// The recursion of fast_viterbi.h over a stretch of one chunk, for any processor.
// viterbi_kernel_avx512.h has the same functions for those that have AVX-512.
// Internal to fast_viterbi.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "absl/types/span.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

// The scores of the ends to come, by end & mask; -infinity where no candidate
// was met. More than the longest piece, and than the 8 ends of AdvanceAvx512,
// apart, two ends have different places.
struct ScoreRing {
  double* scores;
  std::size_t mask;
};

// So many sets after the last one are read by kernels, and must be sets of the
// scanner.
inline constexpr std::size_t kKernelLookAhead = 20;

// Most starts of a call, and how many bytes after the last length kernels may overwrite.
inline constexpr std::size_t kMostStarts = std::size_t{1} << 14;
inline constexpr std::size_t kLengthSlack = 80;

// Places of a ring.
std::size_t ScoreRingSize(const PieceScanner& scanner);

// Scans [begin, end) of `text` and replaces the states by where their sets are, with some more
// after them, any, for kernels to look at. `sets` has room for PieceScanner::kMaxLength more.
void ScanSets(const PieceScanner& scanner, std::string_view text, std::size_t begin,
              std::size_t end, std::uint32_t* sets);
// The same for states that were scanned already.
void FindSetsAndMore(const PieceScanner& scanner, std::size_t size, std::uint32_t* states);

inline constexpr double kUnreachedScore = -std::numeric_limits<double>::infinity();

// Takes the starts [begin, end) of a chunk, at most kMostStarts, whose sets
// (PieceScanner::FindSets) are sets[0, end - begin), in turn. The ring has the score of `begin`
// and of ends after it, as the call before left them, nothing else. Writes
// last_length[e - 1] for each end e that improves.
void AdvancePortable(const PieceScanner& scanner, const std::uint32_t* sets, std::size_t begin,
                     std::size_t end, const ScoreRing& ring, std::uint8_t* last_length);

// All starts of whole chunks that lie one after the other and that no match leaves: chunk i ends
// at ends[i] (ascending). The ring is unreached before and after.
void AdvanceChunksPortable(const PieceScanner& scanner, const std::uint32_t* sets,
                           absl::Span<const std::size_t> ends, const ScoreRing& ring,
                           std::uint8_t* last_length);

}  // namespace bytepiece
