// SPDX-License-Identifier: Apache-2.0
// Segments many strings with pieces that stay while their scores change: what
// pruning does over and over (piece_pruner.h).
//
// Uses the fast kernel (bytepiece/segmentation/fast_viterbi.h) where memory allows, else the
// plain one: the segmentations are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/viterbi.h"

namespace bytepiece {

// Reused from call to call. One per thread.
struct PieceSegmenterScratch {
  FastViterbiScratch fast;
  ViterbiScratch plain;
  std::vector<std::int32_t> parts;
};

class PieceSegmenter {
 public:
  // Empty: to be replaced.
  PieceSegmenter() = default;

  // `pieces`: strictly ascending by bytes, all single bytes among them. Takes the
  // fast kernel's tables if `memory_bytes` are enough for them.
  static absl::StatusOr<PieceSegmenter> Create(const std::vector<Piece>& pieces,
                                               std::int64_t memory_bytes);

  // By index in `pieces`; -infinity: not to be used. Single bytes' are finite.
  void SetScores(std::vector<double> scores);

  // Appends to *parts, as indices of pieces, the best segmentation of each string
  // that lies in `text`: string i ends at ends[i] (ascending) and its parts at
  // (*part_ends)[i].
  void AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                  PieceSegmenterScratch* scratch, std::vector<std::int32_t>* parts,
                  std::vector<std::size_t>* part_ends) const;

  // What the fast kernel's tables take, at most, measured while they are built.
  static std::int64_t FastMemoryOf(std::size_t piece_length) {
    return 200 + 16 * static_cast<std::int64_t>(piece_length);
  }

  // Empty where the plain kernel is used.
  const PieceScanner& scanner() const { return scanner_; }

 private:
  PieceScanner scanner_;  // empty: automaton_ is used
  Automaton automaton_;
  std::vector<double> scores_;
  std::size_t max_length_ = 0;
};

}  // namespace bytepiece
