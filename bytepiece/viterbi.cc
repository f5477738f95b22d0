// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/viterbi.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace bytepiece {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();

// Fills scratch->last_length; returns the score of the whole chunk.
double FindBestLengths(const UnigramView& model, std::string_view chunk, ViterbiScratch* scratch) {
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
      const double score = start_score + model.scores[automaton.Value(state)];
      // Strictly better: on a tie the earlier start, the longer piece, stays.
      if (score > ring[end & mask]) {
        ring[end & mask] = score;
        last_length[end - 1] = static_cast<std::uint16_t>(end - start);
      }
    }
    double& next = ring[(start + 1) & mask];
    start_score = next;
    next = kUnreached;
  }
  return start_score;
}

}  // namespace

double AppendSegmentation(const UnigramView& model, std::string_view chunk, TokenId id_offset,
                          ViterbiScratch* scratch, std::vector<TokenId>* ids) {
  const double score = FindBestLengths(model, chunk, scratch);
  // The lengths, read from the end, are packed in order at the back of their own
  // array: a piece takes one place there and at least one byte of the chunk.
  std::vector<std::uint16_t>& lengths = scratch->last_length;
  std::size_t first = chunk.size();
  for (std::size_t end = chunk.size(); end > 0;) {
    const std::uint16_t length = lengths[end - 1];
    lengths[--first] = length;
    end -= length;
  }
  const Automaton& automaton = *model.automaton;
  std::size_t begin = 0;
  for (; first < chunk.size(); ++first) {
    const std::size_t end = begin + lengths[first];
    Automaton::State state = Automaton::kRoot;
    while (begin < end) automaton.Step(&state, static_cast<unsigned char>(chunk[begin++]));
    ids->push_back(id_offset + automaton.Value(state));
  }
  return score;
}

double Segment(const UnigramView& model, std::string_view chunk, ViterbiScratch* scratch,
               std::vector<std::int32_t>* values) {
  values->clear();
  return AppendSegmentation(model, chunk, 0, scratch, values);
}

}  // namespace bytepiece
