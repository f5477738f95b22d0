// SPDX-License-Identifier: Apache-2.0
// All the segmentations of a text at once, of one chunk (splitter.h) or several: a graph whose
// nodes are the byte positions 0..size and whose edges are the pieces that occur. A path from 0 to
// size is a segmentation. Others derive from it the n best (nbest.h) and their
// probabilities (posterior.h).
//
// Example: "ab" with pieces "a", "b", "ab" has the edges a 0-1, ab 0-2, b 1-2
// and two paths. For analysis, not for encoding: 32 bytes an edge, in natural
// text four to five edges a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/matching/unigram_view.h"

namespace bytepiece {

// The occurrence of a piece at [begin, end).
struct LatticeEdge {
  std::size_t begin = 0;
  std::size_t end = 0;
  double score = 0;
  std::int32_t value = 0;  // of the automaton

  friend bool operator==(const LatticeEdge&, const LatticeEdge&) = default;
};

// Indices into Lattice::edges(), left to right, without gap.
using LatticePath = std::vector<std::size_t>;

class Lattice {
 public:
  // Linear in the edges. Keeps no reference to the arguments. Pieces whose score
  // is -infinity are no edges, nor what would cross the end of a chunk.
  Lattice(const UnigramView& model, std::string_view text);

  // Bytes of the text.
  std::size_t size() const { return best_scores_.size() - 1; }

  // Sorted by end, then longest first: the order in which candidates are tried.
  absl::Span<const LatticeEdge> edges() const { return edges_; }

  // The edges that end at `position` <= size() are first_edge(position) up to,
  // not including, first_edge(position + 1).
  std::size_t first_edge(std::size_t position) const { return first_edge_[position]; }

  // S[position]: the best score of the text's first `position` bytes, for
  // 0..size(). Of one chunk, the same doubles as Segment's (viterbi.h).
  absl::Span<const double> best_scores() const { return best_scores_; }

  // The segmentation that Segment finds.
  LatticePath BestPath() const;

  // The path whose pieces end at `ends`; a segmentation is determined by its
  // boundaries. Nothing if there is no such path.
  std::optional<LatticePath> FindPath(absl::Span<const std::size_t> ends) const;

  // The sum of the pieces' scores from left to right.
  double Score(const LatticePath& path) const;

 private:
  void SortByEnd(const std::vector<LatticeEdge>& by_begin);
  void FindBestScores();

  std::vector<LatticeEdge> edges_;
  std::vector<std::size_t> first_edge_;  // by position; size() + 2 of them
  std::vector<double> best_scores_;
  std::vector<std::size_t> best_edge_;  // into each position > 0
};

}  // namespace bytepiece
