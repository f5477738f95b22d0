// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/viterbi_kernel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace bytepiece {

std::size_t ScoreRingSize(const PieceScanner& scanner) {
  // A kernel's register holds 8 ends, and one enters it.
  return std::bit_ceil(std::max<std::size_t>(scanner.max_length(), 8) + 2);
}

void ScanSets(const PieceScanner& scanner, std::string_view text, std::size_t begin,
              std::size_t end, std::uint32_t* sets) {
  scanner.Scan(text, begin, end, sets);
  FindSetsAndMore(scanner, end - begin, sets);
}

void FindSetsAndMore(const PieceScanner& scanner, std::size_t size, std::uint32_t* states) {
  std::fill_n(states + size, kKernelLookAhead, PieceScanner::State{0});
  scanner.FindSets(absl::MakeSpan(states, size + kKernelLookAhead));
}

void AdvancePortable(const PieceScanner& scanner, const std::uint32_t* sets, std::size_t begin,
                     std::size_t end, const ScoreRing& ring, std::uint8_t* last_length) {
  double* const scores = ring.scores;
  const std::size_t mask = ring.mask;
  double start_score = std::exchange(scores[begin & mask], kUnreachedScore);
  for (std::size_t start = begin; start < end;) {
    const MatchSet set = scanner.SetAt(sets[start - begin]);
    set.ForEach([&](int length, double score, std::int32_t) {
      const std::size_t match_end = start + static_cast<std::size_t>(length);
      const double candidate = start_score + score;
      // Strictly better: on a tie the earlier start, the longer piece, stays.
      if (candidate > scores[match_end & mask]) {
        scores[match_end & mask] = candidate;
        last_length[match_end - 1] = static_cast<std::uint8_t>(length);
      }
    });
    // A stretch may end inside a stride: then by single steps.
    const std::size_t next = start + (start + set.stride() <= end ? set.stride() : 1);
    while (start < next) {
      ++start;
      start_score = scores[start & mask];
      scores[start & mask] = kUnreachedScore;
    }
  }
  scores[end & mask] = start_score;
}

void AdvanceChunksPortable(const PieceScanner& scanner, const std::uint32_t* sets,
                           absl::Span<const std::size_t> ends, const ScoreRing& ring,
                           std::uint8_t* last_length) {
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    ring.scores[0] = 0;
    AdvancePortable(scanner, sets + begin, 0, end - begin, ring, last_length + begin);
    ring.scores[(end - begin) & ring.mask] = kUnreachedScore;
    begin = end;
  }
}

}  // namespace bytepiece
