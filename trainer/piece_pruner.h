// SPDX-License-Identifier: Apache-2.0
// From counted segments to a vocabulary (spec 1-training.md, step 6). The
// corpus is not read again: what changes is only into which pieces the dropped
// ones fall.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/automaton.h"
#include "bytepiece/types.h"

namespace bytepiece {

// One automaton over all candidates serves every step: a piece that is gone has
// score -infinity, which is as good as absent and costs no rebuilding.
class PiecePruner {
 public:
  // Steps a to c. `counted`: strictly ascending by bytes, counts positive. Keeps
  // all single bytes (count 1 if unseen) and pieces of at most
  // max_piece_length bytes seen min_count times; gives the counts of the others
  // to their parts; then removes, to a fixed point, pieces that no segmentation
  // uses.
  static absl::StatusOr<PiecePruner> Create(std::vector<Piece> counted, int max_piece_length,
                                            std::int64_t min_count, int threads);

  // Step d: the most frequent `max_pieces` (>= 256) pieces, single bytes first,
  // and the fixed point again. The next call goes on from there.
  void ShrinkTo(std::int64_t max_pieces);

  std::int64_t num_pieces() const { return num_alive_; }

  // In order of ids: by (length, bytes).
  std::vector<Piece> Pieces() const;

 private:
  // A piece to segment again, and what its parts receive.
  struct Load {
    std::string_view bytes;
    std::int64_t count;
  };

  PiecePruner(std::vector<Piece> pieces, int threads);

  absl::Status BuildAutomaton();
  // Segments every load with the scores as they are; adds the counts to the
  // parts'.
  void Distribute(const std::vector<Load>& loads, std::vector<std::int64_t>* counts) const;
  // Makes the scores those of the current counts. A count of 0 is a piece gone.
  void UpdateScores();
  void RemoveUnused();

  std::vector<Piece> pieces_;  // all candidates ever, by bytes; count 0: gone
  Automaton automaton_;        // value: index into pieces_
  std::vector<double> scores_;
  std::size_t max_length_ = 0;
  std::int64_t num_alive_ = 0;
  int threads_;
};

}  // namespace bytepiece
