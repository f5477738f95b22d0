// SPDX-License-Identifier: Apache-2.0
// Runs of piece counts: coded, decoded, merged.
//
// An entry: varints of how many bytes it shares with the piece before (0 at a
// block's start) and how many follow, those bytes, the varint of the count.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "trainer/counts/count_run.h"

namespace bytepiece {

// The first 8 bytes as a number that sorts like them.
std::uint64_t PiecePrefix(std::string_view piece);

// Pieces by their prefixes, both ends included.
struct PrefixRange {
  std::uint64_t first = 0;
  std::uint64_t last = ~std::uint64_t{0};
};

// At most `ranges` that follow on each other and hold all pieces, of similar work.
std::vector<PrefixRange> CutPieces(const RunPointers& runs, int ranges);

class PieceRunWriter {
 public:
  explicit PieceRunWriter(BlockSink sink) : sink_(std::move(sink)) {}

  // Strictly ascending by bytes, not empty; positive counts.
  absl::Status Add(std::string_view piece, std::int64_t count);

  // Hands over what is left.
  absl::Status Finish();

 private:
  BlockSink sink_;
  std::string bytes_;
  std::string last_;
  std::uint64_t first_ = 0;
  std::uint32_t entries_ = 0;
};

// The entries of a run that lie in a range, one at a time.
class PieceStream {
 public:
  // The run must outlive the stream. Stands at the first entry at once.
  explicit PieceStream(const CountRun* run, const PrefixRange& range = {});

  // Empty at the end, and after an error.
  const std::string& piece() const { return piece_; }
  std::int64_t count() const { return count_; }
  const CountRun& run() const { return *run_; }
  const absl::Status& status() const { return status_; }

  void Next();

 private:
  bool NextBlock();
  bool TakeEntry();
  void Damaged();
  void Stop();

  const CountRun* run_;
  std::uint64_t last_prefix_;
  std::size_t next_block_ = 0;
  std::string buffer_;
  const char* p_ = nullptr;
  const char* limit_ = nullptr;
  std::uint32_t left_ = 0;
  bool at_start_ = true;  // of the block
  std::string piece_;
  std::int64_t count_ = 0;
  absl::Status status_;
};

// Calls emit(piece, count) for the pieces of a range, strictly ascending by bytes,
// counts of equal pieces added up, until it returns an error. Errors: that; a damaged file;
// counts, times the pieces' lengths, that together do not fit 63 bits.
absl::Status MergePieces(
    const RunPointers& runs,
    const std::function<absl::Status(const std::string& piece, std::int64_t count)>& emit,
    const PrefixRange& range = {});

// Merges whole runs into one. Adds to *text_bytes, if given, all counts times lengths.
absl::Status MergePieceRuns(const RunPointers& runs, const BlockSink& sink,
                            std::int64_t* text_bytes = nullptr);

}  // namespace bytepiece
