// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/nbest.h"

#include <algorithm>
#include <limits>

namespace bytepiece {

NBest::NBest(const Lattice* lattice) : lattice_(*lattice), nodes_(lattice->size() + 1) {
  nodes_[0].found.push_back({0, 0, 0});  // the empty path; its edge is not read
  for (std::size_t position = 1; position < nodes_.size(); ++position) {
    Ranked best{-std::numeric_limits<double>::infinity(), 0, 0};
    for (std::size_t i = lattice_.first_edge(position); i < lattice_.first_edge(position + 1);
         ++i) {
      const LatticeEdge& edge = lattice_.edges()[i];
      const double score = lattice_.best_scores()[edge.begin] + edge.score;
      if (score > best.score) best = {score, i, 0};
    }
    nodes_[position].found.push_back(best);
  }
}

std::optional<ScoredPath> NBest::Next() {
  const std::size_t size = lattice_.size();
  if (num_given_ == nodes_[size].found.size() && !Extend(size)) return std::nullopt;
  ScoredPath path;
  path.score = nodes_[size].found[num_given_].score;
  std::size_t rank = num_given_++;
  for (std::size_t position = size; position > 0;) {
    const Ranked& last = nodes_[position].found[rank];
    path.edges.push_back(last.edge);
    position = lattice_.edges()[last.edge].begin;
    rank = last.rank;
  }
  std::reverse(path.edges.begin(), path.edges.end());
  return path;
}

// Finds one more path into `position`; false if there is none. Whether the
// successor of a path is known depends on the position where its last edge
// begins, and so on to the left: first down that chain, then back up. (Recursion
// would overflow the stack on long chunks.)
bool NBest::Extend(std::size_t position) {
  std::vector<std::size_t> chain;
  for (std::size_t at = position; at > 0;) {
    chain.push_back(at);
    const Ranked& last = nodes_[at].found.back();
    at = lattice_.edges()[last.edge].begin;
    if (nodes_[at].found.size() > last.rank + 1) break;
  }
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    Node& node = nodes_[*at];
    BeginHeap(*at);
    AddSuccessor(*at);
    if (node.heap.empty()) continue;
    std::pop_heap(node.heap.begin(), node.heap.end(),
                  [this](const Ranked& a, const Ranked& b) { return IsWorse(a, b); });
    const Ranked next = node.heap.back();
    node.heap.pop_back();
    node.found.push_back(next);
  }
  return num_given_ < nodes_[position].found.size();
}

// Adds every edge into `position` after the best path, except the one already found.
void NBest::BeginHeap(std::size_t position) {
  Node& node = nodes_[position];
  if (node.heap_begun) return;
  node.heap_begun = true;
  for (std::size_t i = lattice_.first_edge(position); i < lattice_.first_edge(position + 1); ++i) {
    const LatticeEdge& edge = lattice_.edges()[i];
    if (i == node.found[0].edge) continue;
    node.heap.push_back({lattice_.best_scores()[edge.begin] + edge.score, i, 0});
  }
  std::make_heap(node.heap.begin(), node.heap.end(),
                 [this](const Ranked& a, const Ranked& b) { return IsWorse(a, b); });
}

// Adds the newest path's edge after the next path into its begin, if there is one.
void NBest::AddSuccessor(std::size_t position) {
  Node& node = nodes_[position];
  const Ranked& last = node.found.back();
  const LatticeEdge& edge = lattice_.edges()[last.edge];
  const std::vector<Ranked>& before = nodes_[edge.begin].found;
  if (before.size() <= last.rank + 1) return;
  node.heap.push_back({before[last.rank + 1].score + edge.score, last.edge, last.rank + 1});
  std::push_heap(node.heap.begin(), node.heap.end(),
                 [this](const Ranked& a, const Ranked& b) { return IsWorse(a, b); });
}

// Within a position, edges are numbered longest first.
bool NBest::IsWorse(const Ranked& a, const Ranked& b) const {
  if (a.score != b.score) return a.score < b.score;
  return a.edge != b.edge ? a.edge > b.edge : a.rank > b.rank;
}

}  // namespace bytepiece
