// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/incremental_segmenter.h"

#include <limits>

#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// The chunks at the beginning of `text` that no byte after it can lengthen.
std::size_t WholeChunks(std::string_view text) {
  const std::size_t last = text.find_last_not_of('\n');
  if (last == std::string_view::npos) return 0;
  return text.rfind('\n', last) + 1;  // npos + 1 is 0
}

}  // namespace

IncrementalSegmenter::IncrementalSegmenter(const Segmenter* whole, TokenId id_offset)
    : whole_(*whole), id_offset_(id_offset) {
  Restart();
}

void IncrementalSegmenter::Restart() {
  base_ = root_ = front_ = 0;
  nodes_.assign(1, {.uses = 1, .length = 0, .children = 0});
  text_.clear();
  walks_.assign(1, {.start = 0, .start_score = 0, .state = Automaton::kRoot});
}

void IncrementalSegmenter::Feed(std::string_view text, bool is_last, SegmenterScratch* scratch,
                                std::vector<TokenId>* ids) {
  while (!text.empty()) {
    const bool goes_on = front_ > 0;
    if (!goes_on) {
      const std::size_t whole = is_last ? text.size() : WholeChunks(text);
      whole_.AppendText(text.substr(0, whole), id_offset_, 1, scratch, ids);
      text.remove_prefix(whole);
      if (text.empty()) return;
      if (model_.automaton == nullptr) model_ = whole_.unigram();
    }
    std::size_t length = NextChunk(text);
    if (goes_on && last_byte_ == '\n') {  // only newlines belong to it
      length = text.find_first_not_of('\n');
      if (length == std::string_view::npos) length = text.size();
    }
    for (const char byte : text.substr(0, length)) {
      Add(byte);
      AppendFinal(ids);
    }
    text.remove_prefix(length);
    if (!text.empty()) Finish(ids);
  }
}

void IncrementalSegmenter::Add(char byte) {
  double best_score = -std::numeric_limits<double>::infinity();
  std::size_t best_length = 0;
  ended_.clear();
  std::size_t going_on = 0;
  // Longest first, and only a strictly better one replaces, as everywhere.
  for (Walk walk : walks_) {
    if (!model_.automaton->Step(&walk.state, static_cast<unsigned char>(byte))) {
      ended_.push_back(walk.start);
      continue;
    }
    walks_[going_on++] = walk;
    if (!model_.automaton->HasValue(walk.state)) continue;
    const double candidate = walk.start_score + model_.scores[model_.automaton->Value(walk.state)];
    if (candidate > best_score) {
      best_score = candidate;
      best_length = front_ + 1 - walk.start;
    }
  }
  walks_.resize(going_on);

  text_.push_back(byte);
  ++front_;
  last_byte_ = byte;
  const auto length = static_cast<std::uint16_t>(best_length);
  nodes_.push_back({.uses = 1, .length = length, .children = 0});
  Node& parent = NodeAt(front_ - best_length);
  ++parent.uses;
  parent.children ^= length;
  walks_.push_back({.start = front_, .start_score = best_score, .state = Automaton::kRoot});
  for (const std::size_t start : ended_) DropUse(start);
}

// Takes the path to `position` off the tree up to where another one joins it.
void IncrementalSegmenter::DropUse(std::size_t position) {
  while (--NodeAt(position).uses == 0) {
    const std::uint16_t length = NodeAt(position).length;
    position -= length;
    NodeAt(position).children ^= length;
  }
}

void IncrementalSegmenter::AppendFinal(std::vector<TokenId>* ids) {
  // A single use that is no walk is a child.
  while (NodeAt(root_).uses == 1 && NodeAt(root_).children != 0) {
    AppendPiece(NodeAt(root_).children, ids);
  }
  ForgetFinal();
}

void IncrementalSegmenter::AppendPiece(std::size_t length, std::vector<TokenId>* ids) {
  Automaton::State state = Automaton::kRoot;
  for (const char byte : std::string_view(text_).substr(root_ - base_, length)) {
    model_.automaton->Step(&state, static_cast<unsigned char>(byte));
  }
  ids->push_back(id_offset_ + model_.automaton->Value(state));
  root_ += length;
}

void IncrementalSegmenter::ForgetFinal() {
  // Not before it is worth the move; but the moves cost no more than the bytes.
  constexpr std::size_t kWorthwhile = 4096;
  const std::size_t final_bytes = root_ - base_;
  if (final_bytes < kWorthwhile || final_bytes < front_ - root_) return;
  nodes_.erase(nodes_.begin(), nodes_.begin() + static_cast<std::ptrdiff_t>(final_bytes));
  text_.erase(0, final_bytes);
  base_ = root_;
}

void IncrementalSegmenter::Finish(std::vector<TokenId>* ids) {
  // Turns the lengths round: each position on the path learns the next one's.
  std::uint16_t next_length = 0;
  for (std::size_t position = front_;;) {
    const std::uint16_t length = NodeAt(position).length;
    NodeAt(position).children = next_length;
    if (position == root_) break;
    next_length = length;
    position -= length;
  }
  while (root_ < front_) AppendPiece(NodeAt(root_).children, ids);
  Restart();
}

}  // namespace bytepiece
