// SPDX-License-Identifier: Apache-2.0
// The segmentations of a chunk, best first: exact, and as many as one asks for.
//
// Order: the larger score (summed from left to right, in double); on a tie the
// longer last piece; on a tie again, what stands before it, by the same rule.
// The first is therefore the one that Segment finds.
//
// Method: the recursive enumeration algorithm (Jimenez and Marzal, "Computing
// the K shortest paths: a new algorithm and an experimental comparison", 1999).
// Each position keeps the paths that reach it, best first, as far as they were
// needed. The next path into a position is found among one candidate for each
// edge into it: that edge after the next unused path into the edge's begin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bytepiece/lattice/lattice.h"

namespace bytepiece {

struct ScoredPath {
  LatticePath edges;
  double score = 0;
};

class NBest {
 public:
  // The lattice must outlive the enumeration.
  explicit NBest(const Lattice* lattice);

  // The next segmentation; nothing when all were given. The time of each is
  // about linear in its length, and so is the memory it adds.
  std::optional<ScoredPath> Next();

 private:
  // A path into a position: an edge into it, after the rank-th best path into
  // that edge's begin.
  struct Ranked {
    double score;
    std::size_t edge;
    std::size_t rank;
  };
  struct Node {
    std::vector<Ranked> found;  // best first
    std::vector<Ranked> heap;   // candidates for the next; the best on top
    bool heap_begun = false;
  };

  bool Extend(std::size_t position);
  void BeginHeap(std::size_t position);
  void AddSuccessor(std::size_t position);
  bool IsWorse(const Ranked& a, const Ranked& b) const;

  const Lattice& lattice_;
  std::vector<Node> nodes_;
  std::size_t num_given_ = 0;
};

}  // namespace bytepiece
