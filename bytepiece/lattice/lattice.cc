// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/lattice/lattice.h"

#include <algorithm>
#include <limits>

#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();

std::vector<LatticeEdge> FindEdges(const UnigramView& model, std::string_view text) {
  std::vector<LatticeEdge> edges;
  std::size_t chunk_end = 0;
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (begin == chunk_end) chunk_end += NextChunk(text.substr(begin));
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = begin; end < chunk_end;) {
      if (!model.automaton->Step(&state, static_cast<unsigned char>(text[end]))) break;
      ++end;
      if (!model.automaton->HasValue(state)) continue;
      const std::int32_t value = model.automaton->Value(state);
      if (model.scores[value] == kUnreached) continue;
      edges.push_back({begin, end, model.scores[value], value});
    }
  }
  return edges;
}

}  // namespace

Lattice::Lattice(const UnigramView& model, std::string_view text)
    : first_edge_(text.size() + 2),
      best_scores_(text.size() + 1, kUnreached),
      best_edge_(text.size() + 1) {
  SortByEnd(FindEdges(model, text));
  FindBestScores();
}

// A counting sort: stable, so the edges into a position stay ordered by begin.
void Lattice::SortByEnd(const std::vector<LatticeEdge>& by_begin) {
  for (const LatticeEdge& edge : by_begin) ++first_edge_[edge.end + 1];
  for (std::size_t i = 1; i < first_edge_.size(); ++i) first_edge_[i] += first_edge_[i - 1];
  std::vector<std::size_t> next = first_edge_;
  edges_.resize(by_begin.size());
  for (const LatticeEdge& edge : by_begin) edges_[next[edge.end]++] = edge;
}

void Lattice::FindBestScores() {
  best_scores_[0] = 0;
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    const LatticeEdge& edge = edges_[i];
    const double candidate = best_scores_[edge.begin] + edge.score;
    if (candidate > best_scores_[edge.end]) {
      best_scores_[edge.end] = candidate;
      best_edge_[edge.end] = i;
    }
  }
}

LatticePath Lattice::BestPath() const {
  LatticePath path;
  for (std::size_t end = size(); end > 0; end = edges_[path.back()].begin) {
    path.push_back(best_edge_[end]);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::optional<LatticePath> Lattice::FindPath(absl::Span<const std::size_t> ends) const {
  LatticePath path;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    if (end <= begin || end > size()) return std::nullopt;
    const auto first = edges_.begin() + static_cast<std::ptrdiff_t>(first_edge_[end]);
    const auto last = edges_.begin() + static_cast<std::ptrdiff_t>(first_edge_[end + 1]);
    const auto edge =
        std::find_if(first, last, [begin](const LatticeEdge& e) { return e.begin == begin; });
    if (edge == last) return std::nullopt;
    path.push_back(static_cast<std::size_t>(edge - edges_.begin()));
    begin = end;
  }
  if (begin != size()) return std::nullopt;
  return path;
}

double Lattice::Score(const LatticePath& path) const {
  double score = 0;
  for (const std::size_t edge : path) score += edges_[edge].score;
  return score;
}

}  // namespace bytepiece
