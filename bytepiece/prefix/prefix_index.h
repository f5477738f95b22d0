// SPDX-License-Identifier: Apache-2.0
// All pieces that start with given bytes, found without looking at the others.
//
// The pieces in the order of their bytes are the leaves of the trie from left to right, so
// that those below a node are a range; it takes two binary searches, O(|prefix| log pieces).
// Immutable; safe to share between threads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {
class PieceEndings;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

class BYTEPIECE_EXPORT PrefixIndex {
 public:
  // O(pieces log pieces). The vocabulary must outlive the index.
  explicit PrefixIndex(const Vocabulary* vocabulary);
  PrefixIndex(PrefixIndex&&) noexcept;
  PrefixIndex& operator=(PrefixIndex&&) noexcept;
  ~PrefixIndex();

  // The ids of the pieces that start with `prefix`, ascending by bytes: the piece `prefix`
  // itself, if there is one, stands first. All pieces for the empty prefix.
  absl::Span<const TokenId> Pieces(std::string_view prefix) const;

  // The same, ascending by id.
  std::vector<TokenId> PiecesById(std::string_view prefix) const;

  const Vocabulary& vocabulary() const { return *vocabulary_; }
  // Internal.
  const PieceEndings& rests() const { return *rests_; }

 private:
  const Vocabulary* vocabulary_;
  std::vector<TokenId> by_bytes_;
  std::unique_ptr<const PieceEndings> rests_;
};

}  // namespace bytepiece::inline v0
