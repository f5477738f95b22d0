// SPDX-License-Identifier: Apache-2.0
// Reads the corpus once with a vocabulary: how often each piece is used by the best
// segmentation of every chunk, how widely, and which pieces stand side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/types.h"
#include "trainer/counting.h"
#include "trainer/document_source.h"
#include "trainer/run_set.h"

namespace bytepiece {

// By index of the piece, over documents and their weights.
struct Recount {
  std::vector<std::int64_t> counts;
  // Sum over slices of documents (corpus_pass.h) of the square root of the piece's
  // count in the slice, in units of 1/kSpreadUnit rounded to the nearest: what is
  // used n times in one place weighs less than what is used once in n places.
  std::vector<std::int64_t> spreads;
};
inline constexpr std::int64_t kSpreadUnit = 1024;

// Which neighbours to count.
struct PairOptions {
  std::size_t max_length = 36;  // bytes of both together
  std::int64_t min_count = 2;   // only pieces whose own count is at least that
};

// What recounting with such pieces takes in memory, but for pairs; `fast`: with the
// tables of the fast kernel.
std::int64_t RecountMemory(const std::vector<Piece>& pieces, int threads, bool fast);

// What the segmentation scores pieces by: half the logarithm of pieces[i].count (positive),
// less a constant: between likelihood (the whole logarithm) and fewest pieces (none).
std::vector<double> RecountScores(const std::vector<Piece>& pieces);

// `pieces` ascend by bytes, all single bytes among them. The corpus is read from its
// start. If `pairs` is not null, two neighbours of a chunk, each of whole characters or
// `ensure_unicode` off, count there (PairCounter, whose Header it has). Errors: the
// source's, the disk's, Cancelled, too little memory.
absl::StatusOr<Recount> RecountPieces(DocumentSource* source, const CountingOptions& options,
                                      const std::vector<Piece>& pieces,
                                      const PairOptions& pair_options, RunSet* pairs);

}  // namespace bytepiece
