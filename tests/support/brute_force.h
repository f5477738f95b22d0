// SPDX-License-Identifier: Apache-2.0
// The definition of segmentation, by enumeration: the oracle for the engines.
// Exponential in the length of the text; keep it below some 20 bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {

// A piece that may be used, by brute force: bytes and score.
struct ScoredPiece {
  std::string bytes;
  double score = 0;
};

struct Segmentation {
  std::vector<int> pieces;  // indices, left to right
  double score = 0;         // the sum from left to right

  friend bool operator==(const Segmentation&, const Segmentation&) = default;
};

// Every way to write `text` as a sequence of pieces, in order of the first
// piece's length, then the second's, and so on. The empty text has one.
std::vector<Segmentation> AllSegmentations(absl::Span<const ScoredPiece> pieces,
                                           std::string_view text);

// The one that docs/method/runtime.md demands: the largest score; on a tie for the
// end of any prefix, the longest last piece. There must be one.
Segmentation BestSegmentation(absl::Span<const ScoredPiece> pieces, std::string_view text);

// The pieces of a vocabulary: index i is id kFirstPieceId + i.
std::vector<ScoredPiece> PiecesOf(const Vocabulary& vocabulary);

}  // namespace bytepiece
