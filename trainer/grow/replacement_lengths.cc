// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/replacement_lengths.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/viterbi.h"

namespace bytepiece {

absl::StatusOr<ReplacementLengths> ReplacementLengths::Create(const std::vector<Piece>& pieces) {
  ReplacementLengths replacements(pieces);
  std::vector<std::string_view> keys;
  keys.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    keys.push_back(piece.bytes);
    replacements.max_length_ = std::max(replacements.max_length_, piece.bytes.size());
  }
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys);
  if (!automaton.ok()) return automaton.status();
  replacements.automaton_ = *std::move(automaton);
  return replacements;
}

std::vector<std::int32_t> ReplacementLengths::Count(const std::vector<double>& scores,
                                                    int threads) const {
  std::vector<std::int32_t> counts(pieces_.size(), 1);
  const std::size_t size = pieces_.size();
  ForEachOnThreads(threads, threads, [&](std::size_t part, int) {
    std::vector<double> without = scores;
    const UnigramView model = {&automaton_, without, max_length_};
    ViterbiScratch scratch;
    std::vector<std::int32_t> parts;
    for (std::size_t i = size * part / threads; i < size * (part + 1) / threads; ++i) {
      if (pieces_[i].bytes.size() == 1) continue;
      const double score = std::exchange(without[i], -std::numeric_limits<double>::infinity());
      Segment(model, pieces_[i].bytes, &scratch, &parts);
      without[i] = score;
      counts[i] = static_cast<std::int32_t>(parts.size());
    }
  });
  return counts;
}

}  // namespace bytepiece
