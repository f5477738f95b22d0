// SPDX-License-Identifier: Apache-2.0
#include "tests/support/brute_force.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace bytepiece {
namespace {

std::vector<int> ByLength(absl::Span<const ScoredPiece> pieces) {
  std::vector<int> order(pieces.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return pieces[a].bytes.size() < pieces[b].bytes.size(); });
  return order;
}

void Extend(absl::Span<const ScoredPiece> pieces, const std::vector<int>& order,
            std::string_view rest, const Segmentation& begun, std::vector<Segmentation>* found) {
  if (rest.empty()) {
    found->push_back(begun);
    return;
  }
  for (const int i : order) {
    const std::string& piece = pieces[i].bytes;
    if (rest.substr(0, piece.size()) != piece) continue;
    Segmentation longer = begun;
    longer.pieces.push_back(i);
    longer.score += pieces[i].score;
    Extend(pieces, order, rest.substr(piece.size()), longer, found);
  }
}

double BestScore(absl::Span<const ScoredPiece> pieces, std::string_view text) {
  const std::vector<Segmentation> all = AllSegmentations(pieces, text);
  if (all.empty()) throw std::logic_error("a text without a segmentation");
  return std::max_element(all.begin(), all.end(),
                          [](const auto& a, const auto& b) { return a.score < b.score; })
      ->score;
}

}  // namespace

std::vector<Segmentation> AllSegmentations(absl::Span<const ScoredPiece> pieces,
                                           std::string_view text) {
  std::vector<Segmentation> found;
  Extend(pieces, ByLength(pieces), text, {}, &found);
  return found;
}

Segmentation BestSegmentation(absl::Span<const ScoredPiece> pieces, std::string_view text) {
  const std::vector<int> order = ByLength(pieces);
  Segmentation best;
  best.score = BestScore(pieces, text);
  double target = best.score;
  for (std::string_view prefix = text; !prefix.empty();) {
    const auto last = std::find_if(order.rbegin(), order.rend(), [&](int i) {
      const std::string& piece = pieces[i].bytes;
      if (piece.size() > prefix.size()) return false;
      const std::string_view before = prefix.substr(0, prefix.size() - piece.size());
      if (prefix.substr(before.size()) != piece) return false;
      return BestScore(pieces, before) + pieces[i].score == target;
    });
    if (last == order.rend()) throw std::logic_error("no last piece attains the best score");
    best.pieces.insert(best.pieces.begin(), *last);
    prefix.remove_suffix(pieces[*last].bytes.size());
    target = BestScore(pieces, prefix);
  }
  return best;
}

std::vector<ScoredPiece> PiecesOf(const Vocabulary& vocabulary) {
  std::vector<ScoredPiece> pieces;
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    pieces.push_back({std::string(vocabulary.PieceBytes(id)), vocabulary.PieceScore(id)});
  }
  return pieces;
}

}  // namespace bytepiece
