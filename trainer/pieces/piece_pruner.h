// SPDX-License-Identifier: Apache-2.0
// Makes a vocabulary of counted segments (docs/method/training.md, step 6). The
// corpus is not read again: what changes is only into which pieces the dropped
// ones fall.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

// The counted pieces, strictly ascending by bytes, counts positive, in ranges that several
// threads scan at the same time, each more than once. A scan passes each piece of its range
// to the argument until that returns an error.
struct PieceScan {
  using Take = std::function<absl::Status(const std::string& piece, std::int64_t count)>;

  int ranges = 1;
  std::function<absl::Status(int range, const Take& take)> scan;
};

struct PrunerOptions {
  int max_piece_length = 36;
  std::int64_t min_count = 2;
  std::int64_t unit = 1;  // what a byte never seen counts (count_header.h)
  int threads = 1;
  std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
  // Called by the calling thread, now and then during the scans.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

// One segmenter over all candidates serves every step: a piece that is gone has
// score -infinity, which is as good as absent and costs no rebuilding.
class PiecePruner {
 public:
  // Steps a to c. Keeps all single bytes (count 1 if unseen) and pieces of at
  // most max_piece_length bytes seen min_count times; gives the counts of the
  // others to their parts; then removes, to a fixed point, pieces that no
  // segmentation uses. Scans twice; memory is taken for kept pieces only. Errors:
  // the scan's; more than max_bytes of memory.
  static absl::StatusOr<PiecePruner> Create(const PieceScan& scan, const PrunerOptions& options);

  // Step d: the most frequent `max_pieces` (>= 256) pieces, single bytes first,
  // and the fixed point again. The next call goes on from there.
  void ShrinkTo(std::int64_t max_pieces);

  std::int64_t num_pieces() const { return num_alive_; }
  // The bytes of the text that was counted: the counts scanned, times the pieces' lengths.
  std::int64_t text_bytes() const { return text_bytes_; }

  // In order of ids: by (length, bytes).
  std::vector<Piece> Pieces() const;

 private:
  // A piece to segment again, and what its parts receive.
  struct Load {
    std::string_view bytes;
    std::int64_t count;
  };

  explicit PiecePruner(int threads) : threads_(threads) {}

  absl::Status Keep(const PieceScan& scan, const PrunerOptions& options);
  absl::Status Redistribute(const PieceScan& scan, const PrunerOptions& options);

  // Segments every load with the scores as they are; adds the counts to the
  // parts'.
  void Distribute(const std::vector<Load>& loads, std::vector<std::int64_t>* counts) const;
  // Makes the scores those of the current counts. A count of 0 is a piece gone.
  void UpdateScores();
  void RemoveUnused();

  std::vector<Piece> pieces_;  // all candidates ever, by bytes; count 0: gone
  Segmenter segmenter_;        // of pieces_
  std::int64_t num_alive_ = 0;
  std::int64_t text_bytes_ = 0;
  int threads_;
};

}  // namespace bytepiece
