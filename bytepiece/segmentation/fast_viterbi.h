// SPDX-License-Identifier: Apache-2.0
// Deterministic Unigram segmentation as in viterbi.h, faster: the same recursion
// over the same doubles in the same order, so the same ids, ties included.
//
// First a PieceScanner finds the pieces that start at each position of a block
// of text; then the recursion takes one position after the other. Where the
// processor has AVX-512, the scores of the next 8 ends are kept in a register and
// all pieces of up to 8 bytes are offered to them at once.
//
// Time: linear in the text, except for pieces of more than 8 bytes, which are offered
// one by one. Memory: some 200 kB, for long chunks 2 MB; 1 byte per byte of a chunk
// whose best paths do not meet within 256 kB, such as one letter over and over.
// Chunks of up to 64 GB (PieceScannerBuilder::Stride says why).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/segmentation/block_path.h"

namespace bytepiece {

// Scratch memory, reused from call to call. One per thread.
struct FastViterbiScratch {
  std::vector<std::uint32_t> sets;        // by position in a block (PieceScanner::SetAt)
  std::vector<std::uint8_t> last_length;  // by end - 1
  std::vector<double> rings;              // scores of far ends, of two recursions
  std::vector<std::size_t> ends;          // of the chunks of a block
  BlockPath path;
};

// Which instructions to use; any gives the same ids.
enum class ViterbiKernel { kPortable, kAvx512 };

// The kernel that this processor runs fastest.
ViterbiKernel BestViterbiKernel();

// Appends the best segmentation of `chunk` to *ids as id_offset + value; returns
// its score, summed up from start_score on. The scanner must not be empty.
double AppendSegmentation(const PieceScanner& scanner, std::string_view chunk, TokenId id_offset,
                          FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                          ViterbiKernel kernel = BestViterbiKernel(), double start_score = 0);

// The same for each chunk of `text` (splitter.h) in turn.
void AppendSegmentations(const PieceScanner& scanner, std::string_view text, TokenId id_offset,
                         FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                         ViterbiKernel kernel = BestViterbiKernel());

// The same for strings of their own that lie one after the other: string i ends at
// ends[i] (ascending), its ids then at (*id_ends)[i] of *ids. For many short ones,
// which on their own would wait for memory at every byte.
void AppendSegmentationsOfEach(const PieceScanner& scanner, std::string_view text,
                               absl::Span<const std::size_t> ends, TokenId id_offset,
                               FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                               std::vector<std::size_t>* id_ends,
                               ViterbiKernel kernel = BestViterbiKernel());

}  // namespace bytepiece
