// SPDX-License-Identifier: Apache-2.0
// The best segmentation of every prefix of a text that grows and shrinks at its end.
//
// For the Unigram model the best path to a position depends on the bytes before it alone,
// so that what Encode makes of a prefix is read off the back pointers; a byte more costs
// one step of each walk through the automaton that is still going on.
//
// Example: pieces a, b, ab. After "a", "b" best_begin() is 0: the token ab; Truncate(1)
// and "a" make it 1.
//
// Time of Append: O(walks), in text some 5, at most the longest piece. Memory: 24 bytes for
// each walk of each byte of the text, and 33 for the byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {
class Automaton;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

class BYTEPIECE_EXPORT PrefixPaths {
 public:
  // A piece may be going on: there are pieces that start with the text's bytes from
  // `begin` on and are longer. begin < size(), in the current chunk (splitter.h).
  struct Walk {
    std::size_t begin;
    double score;         // of the best path to begin, from the chunk's start
    std::uint32_t state;  // of the pieces' automaton
  };

  // The vocabulary must outlive the paths.
  explicit PrefixPaths(const Vocabulary* vocabulary);

  // A byte, or several, of normalised text; special tokens are plain text.
  void Append(char byte);
  void Append(std::string_view bytes);
  // To the first `size` <= size() bytes.
  void Truncate(std::size_t size);

  std::size_t size() const { return nodes_.size() - 1; }
  std::string_view text() const { return text_; }

  // Where the last token of the best path begins, and the token. Require size() > 0.
  std::size_t best_begin() const { return nodes_.back().begin; }
  TokenId best_token() const { return nodes_.back().token; }

  // The score, in ln, of the best path to `end` from the start of the chunk it ends or lies in.
  double score(std::size_t end) const { return nodes_[end].score; }

  // Ascending by begin. A walk may be going on in name only: whether a longer piece
  // exists is seen by the next Append.
  absl::Span<const Walk> walks() const;

  // Encode of the first `end` bytes, without those of the first `begin`, which must lie on
  // its path.
  std::vector<TokenId> Tokens(std::size_t begin, std::size_t end) const;

 private:
  struct Node {
    std::size_t begin;       // of the best last token
    TokenId token;           // the best last token
    double score;            // from the chunk's start
    std::size_t first_walk;  // in walks_
  };

  const Automaton* automaton_;
  absl::Span<const double> scores_;  // by id - kFirstPieceId
  std::string text_;
  std::vector<Node> nodes_;  // by end
  std::vector<Walk> walks_;
};

}  // namespace bytepiece::inline v0
