// SPDX-License-Identifier: Apache-2.0
// Deterministic Unigram segmentation as in viterbi.h for scores that are whole numbers
// (whole_rows.h): sums of these are exact wherever they begin, so a long text may be cut
// where no piece crosses, and each part done on its own. The ids are the same.
//
// Time: linear in the text. Memory: some 200 kB; as fast_viterbi.h for a stretch of over
// 16 kB that pieces cover without a gap, such as one letter over and over.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/whole_rows.h"
#include "bytepiece/segmentation/block_path.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/last_pieces.h"

namespace bytepiece {

// Scratch memory, reused from call to call. One per thread.
struct WholeViterbiScratch {
  std::vector<WholeRows::Entry> entries;  // by position in a block
  LastPieces last;
  std::vector<std::size_t> ends;  // of the chunks of a block
  BlockPath path;
  FastViterbiScratch gapless;
};

// Pieces with whole scores, and the instructions to use: any give the same ids. `rows`, not
// empty, are the scanner's. The caller keeps both alive.
struct WholeEngine {
  const PieceScanner* scanner;
  const WholeRows* rows;
  Kernel kernel;
};

// Appends the best segmentation of `chunk` to *ids as id_offset + value.
void AppendSegmentation(const WholeEngine& engine, std::string_view chunk, TokenId id_offset,
                        WholeViterbiScratch* scratch, std::vector<TokenId>* ids);

// The same for each chunk of `text` (splitter.h) in turn.
void AppendSegmentations(const WholeEngine& engine, std::string_view text, TokenId id_offset,
                         WholeViterbiScratch* scratch, std::vector<TokenId>* ids);

// The same for strings of their own that lie one after the other: string i ends at
// ends[i] (ascending), its ids then at (*id_ends)[i] of *ids.
void AppendSegmentationsOfEach(const WholeEngine& engine, std::string_view text,
                               absl::Span<const std::size_t> ends, TokenId id_offset,
                               WholeViterbiScratch* scratch, std::vector<TokenId>* ids,
                               std::vector<std::size_t>* id_ends);

}  // namespace bytepiece
