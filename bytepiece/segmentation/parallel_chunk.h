// SPDX-License-Identifier: Apache-2.0
// The best segmentation of one long chunk by several threads: the ids of
// AppendSegmentation (fast_viterbi.h), ties included.
//
// A *cut* is a position that no piece's occurrence crosses, so that every segmentation
// goes through it, and the best one is made of the best ones of the *segments* between
// cuts. But the recursion sums up from the chunk's begin, and where two candidates
// are nearer to each other than what rounding does to such sums, the sum at a segment's begin
// decides. So threads take segments on their own, from 0, and keep the least
// distance between scores that were compared. Then all segments are gone through in turn: the
// scores of the pieces found are added up, which gives the sum at the next begin to the bit, and a
// segment with a distance below the bound is done again from its true sum.
//
// Lemma. Let a segment of n bytes begin with the sum S, let no score exceed m in magnitude, and
// let scores that were compared, summed up from 0, differ by more than 8 n A 2^-53, A = |S| + n m.
// Then the recursion from S decides as that from 0. For as long as it does, its sums are those
// of the same pieces in the same order. A sum of at most n scores, whether from 0 or from S, errs
// by less than n A 2^-53 (1 + 2^-20), as no partial sum exceeds A; the difference of two, which in
// exact arithmetic does not depend on S, therefore changes by less than four times that.
//
// Example: where all pieces of several bytes are words, each space is two cuts. "aaa" with the
// piece aa is one segment with a tie, and done again.
//
// With the public models a cut comes every 3 to 20 bytes of text, and up to 5 % of the bytes are
// done again (docs/performance.md). A chunk without cuts, such as one letter over and
// over, is done by one thread, which takes longer than not trying.
#pragma once

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/segmentation/fast_viterbi.h"

namespace bytepiece {

// Appends the best segmentation of `chunk` to *ids as id_offset + value. The scanner, which must
// not be empty, was built with `scores`. Memory beside the ids: as much again, and 200 kB for each
// of `threads` (> 0), of which no more start than the chunk has parts.
void AppendSegmentationOnThreads(const PieceScanner& scanner, absl::Span<const double> scores,
                                 std::string_view chunk, TokenId id_offset, int threads,
                                 std::vector<TokenId>* ids,
                                 ViterbiKernel kernel = BestViterbiKernel());

}  // namespace bytepiece
