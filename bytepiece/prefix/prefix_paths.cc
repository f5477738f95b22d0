// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/prefix_paths.h"

#include <algorithm>
#include <limits>

#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece::inline v0 {

PrefixPaths::PrefixPaths(const Vocabulary* vocabulary)
    : automaton_(vocabulary->segmenter().unigram().automaton),
      scores_(vocabulary->segmenter().scores()) {
  nodes_.push_back({.begin = 0, .token = kPadId, .score = 0, .first_walk = 0});
}

void PrefixPaths::Append(char byte) {
  // A newline run ends the chunk (splitter.h): no piece goes on, and scores start anew.
  const bool new_chunk = !text_.empty() && text_.back() == '\n' && byte != '\n';
  const std::size_t end = text_.size();
  const std::size_t old_begin = nodes_.back().first_walk;
  const std::size_t old_end = walks_.size();
  Node node = {.begin = end,
               .token = kPadId,
               .score = -std::numeric_limits<double>::infinity(),
               .first_walk = old_end};
  // Longest first, and only a strictly better one replaces, as in Segment (viterbi.h).
  const auto step = [&](Walk walk) {
    if (!automaton_->Step(&walk.state, static_cast<unsigned char>(byte))) return;
    walks_.push_back(walk);
    if (!automaton_->HasValue(walk.state)) return;
    const std::int32_t value = automaton_->Value(walk.state);
    const double score = walk.score + scores_[value];
    if (score > node.score) {
      node.score = score;
      node.begin = walk.begin;
      node.token = kFirstPieceId + value;
    }
  };
  if (!new_chunk) {
    for (std::size_t i = old_begin; i < old_end; ++i) step(walks_[i]);
  }
  step({.begin = end, .score = new_chunk ? 0 : nodes_.back().score, .state = Automaton::kRoot});
  nodes_.push_back(node);
  text_.push_back(byte);
}

void PrefixPaths::Append(std::string_view bytes) {
  for (const char byte : bytes) Append(byte);
}

void PrefixPaths::Truncate(std::size_t size) {
  if (size == this->size()) return;
  walks_.resize(nodes_[size + 1].first_walk);
  nodes_.resize(size + 1);
  text_.resize(size);
}

absl::Span<const PrefixPaths::Walk> PrefixPaths::walks() const {
  return absl::MakeConstSpan(walks_).subspan(nodes_.back().first_walk);
}

std::vector<TokenId> PrefixPaths::Tokens(std::size_t begin, std::size_t end) const {
  std::vector<TokenId> ids;
  for (; end > begin; end = nodes_[end].begin) ids.push_back(nodes_[end].token);
  std::reverse(ids.begin(), ids.end());
  return ids;
}

}  // namespace bytepiece::inline v0
