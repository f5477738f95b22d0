// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_segmenter.h"

#include <algorithm>
#include <utility>

#include "bytepiece/matching/unigram_view.h"

namespace bytepiece {

absl::StatusOr<PieceSegmenter> PieceSegmenter::Create(const std::vector<Piece>& pieces,
                                                      std::int64_t memory_bytes) {
  PieceSegmenter segmenter;
  std::vector<std::string_view> keys;
  keys.reserve(pieces.size());
  std::int64_t fast_memory = 0;
  for (const Piece& piece : pieces) {
    keys.push_back(piece.bytes);
    segmenter.max_length_ = std::max(segmenter.max_length_, piece.bytes.size());
    fast_memory += FastMemoryOf(piece.bytes.size());
  }
  if (fast_memory <= memory_bytes) {
    // Any scores: SetScores replaces them.
    segmenter.scanner_ = PieceScanner::Build(keys, std::vector<double>(keys.size(), -1.0));
  }
  if (!segmenter.scanner_.empty()) return segmenter;
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys);
  if (!automaton.ok()) return automaton.status();
  segmenter.automaton_ = *std::move(automaton);
  return segmenter;
}

void PieceSegmenter::SetScores(std::vector<double> scores) {
  if (!scanner_.empty()) return scanner_.SetScores(scores);
  scores_ = std::move(scores);
}

void PieceSegmenter::AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                                PieceSegmenterScratch* scratch, std::vector<std::int32_t>* parts,
                                std::vector<std::size_t>* part_ends) const {
  if (!scanner_.empty()) {
    return AppendSegmentationsOfEach(scanner_, text, ends, 0, &scratch->fast, parts, part_ends);
  }
  const UnigramView model = {&automaton_, scores_, max_length_};
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    Segment(model, text.substr(begin, end - begin), &scratch->plain, &scratch->parts);
    parts->insert(parts->end(), scratch->parts.begin(), scratch->parts.end());
    part_ends->push_back(parts->size());
    begin = end;
  }
}

}  // namespace bytepiece
