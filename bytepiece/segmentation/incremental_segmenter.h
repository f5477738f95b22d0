// SPDX-License-Identifier: Apache-2.0
// Segmentation of text that arrives bit by bit: the ids of Segment (viterbi.h),
// chunk by chunk, each as soon as nothing that may follow can change it.
//
// Beside the ends of the best paths it keeps the walks through the automaton
// that are still going on. A path's future begins at the start of such a walk
// or at the front, so the paths that survive are those to these positions. They
// form a tree; as long as its root has a single child, the piece between the two
// is on every surviving path, and final.
//
// Example: pieces a, b, ab. After "a" and "ab" the walk from 0 goes on: nothing
// is final. The next "b" ends it, and that from 1. The paths that survive are those to 2,
// by "ab", and to 3 by way of 2: "ab" is final.
//
// The pending part is bounded by where paths meet, in text by some words. There
// are models and texts whose paths never meet, such as pieces a and aa and the
// text aaaa...: the first piece depends on whether the length is even. Then
// all is pending until the chunk ends, and 9 bytes a byte are kept.
// Time: O(1) for each step of a walk, the same steps as Segment's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

class IncrementalSegmenter {
 public:
  // Ids are id_offset + value. `whole` must outlive this object.
  IncrementalSegmenter(const Segmenter* whole, TokenId id_offset);

  // Goes on with `text`, normalised; appends the ids that became final. Chunks that
  // lie in `text` as a whole are left to Segmenter::AppendText, and so is a chunk that
  // begins in it if it `is_last`: Finish is to follow.
  void Feed(std::string_view text, bool is_last, SegmenterScratch* scratch,
            std::vector<TokenId>* ids);

  // Ends the chunk here: appends the ids that were not final, and starts anew.
  void Finish(std::vector<TokenId>* ids);

  // Bytes fed whose ids are not out.
  std::size_t pending() const { return front_ - root_; }

 private:
  // A position, as the end of its best path. Positions count from the chunk's
  // start; nodes_[0] and text_[0] are those of base_.
  struct Node {
    std::uint32_t uses;      // children in the tree, and a walk that starts here
    std::uint16_t length;    // of the best last piece: the parent is so far back
    std::uint16_t children;  // the XOR of the children's lengths; of one child, its
  };
  struct Walk {
    std::size_t start;
    double start_score;
    Automaton::State state;
  };

  Node& NodeAt(std::size_t position) { return nodes_[position - base_]; }
  void Restart();
  void Add(char byte);
  void DropUse(std::size_t position);
  void AppendFinal(std::vector<TokenId>* ids);
  void AppendPiece(std::size_t length, std::vector<TokenId>* ids);
  void ForgetFinal();

  const Segmenter& whole_;
  TokenId id_offset_;
  UnigramView model_;  // empty until a chunk comes in parts, as it takes time to make
  std::size_t base_ = 0;
  std::size_t root_ = 0;   // up to here, ids are out
  std::size_t front_ = 0;  // up to here, bytes are in
  char last_byte_ = 0;     // before front_, if front_ > 0
  std::vector<Node> nodes_;
  std::string text_;
  std::vector<Walk> walks_;         // in ascending order of start
  std::vector<std::size_t> ended_;  // starts of the walks that a byte ended
};

}  // namespace bytepiece
