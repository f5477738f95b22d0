// SPDX-License-Identifier: Apache-2.0
// The best scores of every piece's endings, to tell without a search whether a piece is the
// best segmentation of its own bytes, or of the last bytes of a text.
//
// Example: pieces a, b, ab of scores -1, -2, -2.5: of ab they are -3 (a | b), -2 (b), 0.
//
// Takes 8 bytes for each byte of the pieces, and for each piece. Immutable; safe to share
// between threads.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {

class PieceEndings {
 public:
  // Some 10 ms for 16k pieces.
  explicit PieceEndings(const Vocabulary& vocabulary);

  // [i]: the best score, in ln, of the piece's bytes from the i-th on in tokens other than
  // the piece itself; so [0] is -infinity for a single byte, and the one at the piece's
  // size is 0. [0] is +infinity where a chunk (splitter.h) ends inside the piece, which
  // then never is a token. Sums are taken from the end: they may differ from Segment's
  // (viterbi.h) by rounding.
  absl::Span<const double> Of(TokenId id) const {
    const auto i = static_cast<std::size_t>(id - kFirstPieceId);
    return absl::MakeConstSpan(rests_).subspan(begins_[i], begins_[i + 1] - begins_[i]);
  }

 private:
  std::vector<double> rests_;
  std::vector<std::size_t> begins_;  // by piece; one more than there are
};

}  // namespace bytepiece
