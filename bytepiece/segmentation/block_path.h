// SPDX-License-Identifier: Apache-2.0
// From the lengths of the best last pieces of a block to the ids of its best
// path. Internal to fast_viterbi.cc and whole_viterbi.cc.
//
// A path is read from its end, and each step waits for the one before. But all
// chunks of a block lie on one path, and their ends are known: from several of
// them it is read at once. The ids are looked up afterwards, in order, so that no
// step waits for a table that the caches have lost.
//
// Example: lengths 1 2 | 1 2 2 of the chunks "ab" and "bbb": from 5 and from 2 at
// once, the starts 3, 2 and 0; then the ids of [0, 2), [2, 3), [3, 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/whole_rows.h"
#include "bytepiece/segmentation/last_pieces.h"

namespace bytepiece {

// The last position up to `size` that all best paths go through, however the text goes on
// after `size`; 0, where they begin, if there is no other. last_length is as for
// BlockPath, 0 where no path ends; no piece is longer than `reach` (1 to 255).
// Some steps for each position after the result.
std::size_t MeetingPoint(const std::uint8_t* last_length, std::size_t size, std::size_t reach);

// Reused from block to block.
class BlockPath {
 public:
  // A block has fewer bytes than this.
  static constexpr std::size_t kMaxSize = std::size_t{1} << 24;

  // Reads the path of the block [0, size): last_length[e - 1] is the length of the
  // last piece of the path to e. `ends`, one at least, ascend, the last being size; all lie
  // on the path.
  void Read(const std::uint8_t* last_length, absl::Span<const std::size_t> ends);
  void Read(const LastPieces& last, absl::Span<const std::size_t> ends);

  // No pieces, as of an empty block.
  void Clear() { size_ = 0; }

  // Appends the ids of the pieces read, the i-th piece being at sets[its begin]
  // (PieceScanner::FindSets).
  void AppendIds(const PieceScanner& scanner, const std::uint32_t* sets, TokenId id_offset,
                 std::vector<TokenId>* ids);
  // The same by entries (WholeRows::FindEntries).
  void AppendIds(const WholeRows& rows, const WholeRows::Entry* entries, TokenId id_offset,
                 std::vector<TokenId>* ids);

  // Appends to *counts, of each of `ends`, how many pieces lie before it, plus
  // `before`.
  void AppendCounts(absl::Span<const std::size_t> ends, std::size_t before,
                    std::vector<std::size_t>* counts) const;

 private:
  // begin x 256 + length
  using Step = std::uint32_t;
  struct LongPiece {
    std::uint32_t index;  // in steps_
    Step step;
  };

  template <typename LengthOf>
  void ReadSteps(LengthOf length_of, absl::Span<const std::size_t> ends);

  std::vector<Step> steps_;  // of the block, in order
  std::size_t size_ = 0;     // of steps_ that are so
  std::vector<LongPiece> long_pieces_;
};

}  // namespace bytepiece
