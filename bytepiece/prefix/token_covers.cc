// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/token_covers.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/prefix/piece_endings.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece::inline v0 {
namespace {

// Judges the bytes to come by the walks that go on at a text's end: the best score to go
// past each of them with a token that begins before the text's end. Grows and shrinks
// like PrefixPaths, of which it is the part that needs no walks to be begun.
class Crossings {
 public:
  // Without the walk that begins at `but`.
  Crossings(const UnigramView& model, const PrefixPaths& paths, std::size_t but) : model_(model) {
    for (const PrefixPaths::Walk& walk : paths.walks()) {
      if (walk.begin != but) walks_.push_back(walk);
    }
    ends_.push_back({.first_walk = 0, .best = -std::numeric_limits<double>::infinity()});
    // Only newlines go on a run of newlines (splitter.h).
    newline_ = paths.size() > 0 && paths.text().back() == '\n';
  }

  void Append(char byte) {
    const std::size_t old_begin = ends_.back().first_walk;
    const std::size_t old_end = walks_.size();
    ends_.push_back({.first_walk = old_end, .best = -std::numeric_limits<double>::infinity()});
    if (newline_ && byte != '\n') return;
    for (std::size_t i = old_begin; i < old_end; ++i) {
      PrefixPaths::Walk walk = walks_[i];
      if (!model_.automaton->Step(&walk.state, static_cast<unsigned char>(byte))) continue;
      walks_.push_back(walk);
      if (!model_.automaton->HasValue(walk.state)) continue;
      const double score = walk.score + model_.scores[model_.automaton->Value(walk.state)];
      ends_.back().best = std::max(ends_.back().best, score);
    }
  }

  void Truncate(std::size_t size) {
    if (size + 1 == ends_.size()) return;
    walks_.resize(ends_[size + 1].first_walk);
    ends_.resize(size + 1);
  }

  // After `end` >= 1 of the bytes; -infinity if there is no such token.
  double best(std::size_t end) const { return ends_[end].best; }

 private:
  struct End {
    std::size_t first_walk;  // in walks_
    double best;
  };

  UnigramView model_;
  bool newline_;
  std::vector<PrefixPaths::Walk> walks_;
  std::vector<End> ends_;
};

// Decides by the definition: lets the bytes come.
bool IsLastToken(std::string_view bytes, std::size_t begin, PrefixPaths* paths) {
  const std::size_t size = paths->size();
  paths->Append(bytes);
  const bool is_last = paths->best_begin() == begin;
  paths->Truncate(size);
  return is_last;
}

// The pieces that begin at `begin`, are longer than the text from there on, and are the
// last token of the best path once their bytes have come.
//
// A path that rivals the piece has a last token that begins before the text's end and ends
// inside the piece, or in the piece's part of the text; all that follows is a segmentation
// of an ending of the piece, and the best of these is known beforehand (piece_endings.h).
// `score`: of the best path to `begin`.
std::vector<TokenId> LastTokens(const PrefixIndex& index, std::size_t begin, double score,
                                PrefixPaths* paths) {
  const std::size_t size = paths->size();
  const std::size_t old = size - begin;  // of the piece's bytes
  const Vocabulary& vocabulary = index.vocabulary();
  Crossings crossings(vocabulary.segmenter().unigram(), *paths, begin);
  std::vector<TokenId> found;
  std::string_view last;
  for (const TokenId id : index.Pieces(paths->text().substr(begin))) {
    const std::string_view bytes = vocabulary.PieceBytes(id).substr(old);
    if (bytes.empty()) continue;
    // Sorted pieces share most of their bytes with the one before.
    const auto same = static_cast<std::size_t>(
        std::mismatch(last.begin(), last.end(), bytes.begin(), bytes.end()).first - last.begin());
    crossings.Truncate(same);
    for (const char byte : bytes.substr(same)) crossings.Append(byte);
    last = bytes;

    const absl::Span<const double> rests = index.rests().Of(id);
    double rival = score + rests[0];
    for (std::size_t i = 1; i <= old; ++i) {
      rival = std::max(rival, paths->score(begin + i) + rests[i]);
    }
    for (std::size_t i = 1; i <= bytes.size(); ++i) {
      rival = std::max(rival, crossings.best(i) + rests[old + i]);
    }
    const double lead = score + vocabulary.PieceScore(id) - rival;
    // No score is positive: neither partial sum is larger than its sum, and with some hundred
    // additions both are wrong by less than this. In between the definition decides.
    const double doubt = -0x1p-40 * (score + vocabulary.PieceScore(id));
    if (lead > doubt || (lead >= -doubt && IsLastToken(bytes, begin, paths))) found.push_back(id);
  }
  return found;
}

// How many tokens all groups have in common.
std::size_t CommonTokens(const std::vector<CoverGroup>& groups) {
  std::size_t common = groups[0].tokens.size();
  for (const CoverGroup& group : groups) {
    const auto limit = static_cast<std::ptrdiff_t>(std::min(common, group.tokens.size()));
    const auto first = groups[0].tokens.begin();
    common = static_cast<std::size_t>(
        std::mismatch(first, first + limit, group.tokens.begin()).first - first);
  }
  return common;
}

}  // namespace

TokenCovers FindTokenCovers(const PrefixIndex& index, bool unfinished_only, PrefixPaths* paths) {
  std::vector<std::pair<std::size_t, double>> begins;  // and scores of the best paths there
  for (const PrefixPaths::Walk& walk : paths->walks()) begins.emplace_back(walk.begin, walk.score);
  if (!unfinished_only) begins.emplace_back(paths->size(), paths->score(paths->size()));

  TokenCovers covers;
  for (const auto& [begin, score] : begins) {
    std::vector<TokenId> last = LastTokens(index, begin, score, paths);
    if (last.empty() && begin < paths->size()) continue;
    covers.groups.push_back(
        {.begin = begin, .tokens = paths->Tokens(0, begin), .last = std::move(last)});
  }
  if (covers.groups.empty()) return covers;
  const std::size_t common = CommonTokens(covers.groups);
  const auto first = covers.groups[0].tokens.begin();
  covers.settled.assign(first, first + static_cast<std::ptrdiff_t>(common));
  for (const TokenId id : covers.settled) {
    covers.settled_bytes += index.vocabulary().PieceBytes(id).size();
  }
  for (CoverGroup& group : covers.groups) {
    group.tokens.erase(group.tokens.begin(),
                       group.tokens.begin() + static_cast<std::ptrdiff_t>(common));
  }
  return covers;
}

}  // namespace bytepiece::inline v0
