// SPDX-License-Identifier: Apache-2.0
// Deterministic Unigram segmentation (docs/method/runtime.md): the segmentation of a
// chunk with the largest sum of piece scores, in double precision.
//
// S[0] = 0; S[e] = max over pieces w ending at e of S[e - |w|] + s(w). The
// recursion is pushed forward: from each start s the automaton is walked and
// S[s] + s(w) offered to the end of every piece w met. Ends therefore see their
// candidates longest first, and only a strictly better one replaces the
// current, so on a tie the longest last piece wins.
//
// Time: O(bytes x longest piece) at worst, in practice some 4 states a byte.
// Memory: 2 bytes per byte of the chunk (the length of the best last piece)
// and a ring of scores as long as the longest piece.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/unigram_view.h"

namespace bytepiece {

// Scratch memory, reused from call to call. One per thread.
struct ViterbiScratch {
  std::vector<std::uint16_t> last_length;  // by end - 1
  std::vector<double> ring;
};

// The best segmentation of `chunk` as the automaton's values, left to right:
// replaces *values. Returns its score, the sum from left to right.
double Segment(const UnigramView& model, std::string_view chunk, ViterbiScratch* scratch,
               std::vector<std::int32_t>* values);

// The same, appended to *ids as id_offset + value.
double AppendSegmentation(const UnigramView& model, std::string_view chunk, TokenId id_offset,
                          ViterbiScratch* scratch, std::vector<TokenId>* ids);

// The recursion itself, with the comparison left to replaces(candidate,
// current): scores, `current` -infinity at the first candidate of an end. Fills
// scratch->last_length; returns the score of the whole chunk.
template <typename Replaces>
double ForwardPaths(const UnigramView& model, std::string_view chunk, ViterbiScratch* scratch,
                    Replaces replaces) {
  constexpr double kUnreached = -std::numeric_limits<double>::infinity();
  const Automaton& automaton = *model.automaton;
  // Only scores of ends within reach of the longest piece are alive.
  const std::size_t ring_size = std::bit_ceil(std::min(model.max_length, chunk.size()) + 1);
  const std::size_t mask = ring_size - 1;
  scratch->ring.assign(ring_size, kUnreached);
  scratch->last_length.resize(chunk.size());
  double* const ring = scratch->ring.data();
  std::uint16_t* const last_length = scratch->last_length.data();

  double start_score = 0;
  for (std::size_t start = 0; start < chunk.size(); ++start) {
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = start; end < chunk.size();) {
      if (!automaton.Step(&state, static_cast<unsigned char>(chunk[end]))) break;
      ++end;
      if (!automaton.HasValue(state)) continue;
      const double candidate = start_score + model.scores[automaton.Value(state)];
      if (replaces(candidate, ring[end & mask])) {
        ring[end & mask] = candidate;
        last_length[end - 1] = static_cast<std::uint16_t>(end - start);
      }
    }
    double& next = ring[(start + 1) & mask];
    start_score = next;
    next = kUnreached;
  }
  return start_score;
}

// Appends the path that scratch->last_length holds, read from the chunk's end;
// spoils it.
void AppendPath(const UnigramView& model, std::string_view chunk, TokenId id_offset,
                ViterbiScratch* scratch, std::vector<TokenId>* ids);

}  // namespace bytepiece
