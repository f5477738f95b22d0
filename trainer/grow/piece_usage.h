// SPDX-License-Identifier: Apache-2.0
// Reads the corpus once with a vocabulary: how often each piece is used by the best
// segmentation of every chunk, or by all of them in proportion to their probability
// (soft_counts.h), how widely, and which pieces stand side by side in the best.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "corpus/document_source.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

// Indexed by piece, over documents and their weights; sums in units of 1/kSpreadUnit may
// come to 2^53 whole ones. Of a sample (CountingOptions::one_in) they are taken so many times.
struct PieceUsage {
  // Soft ones are rounded to 1/kSpreadUnit in every slice, and in the end to whole ones.
  std::vector<std::int64_t> counts;
  // Sum over slices of documents (corpus_pass.h) of the square root of the piece's
  // count in the slice, in units of 1/kSpreadUnit rounded to the nearest: what is
  // used n times in one place weighs less than what is used once in n places. A count
  // below 1, which soft ones can be, is its own spread.
  std::vector<std::int64_t> spreads;
};
inline constexpr std::int64_t kSpreadUnit = 1024;

// Which neighbours to count.
struct PairOptions {
  std::size_t max_length = 36;  // bytes of both together
  std::int64_t min_count = 2;   // only pieces whose own count is at least that
};

// The memory that recounting with such pieces takes, except for pairs; `soft`: with what
// soft counts need, otherwise without the tables of the fast kernel.
std::int64_t PieceUsageMemory(const std::vector<Piece>& pieces, int threads, bool soft);

// `pieces` ascend by bytes, all single bytes among them. The corpus is read from its
// start. If `pairs` is not null, two neighbours of a chunk, each of whole characters or
// `ensure_unicode` off, count there (PairCounter, whose Header it has), a sample's as they are.
// Errors: the source's, the disk's, Cancelled, too little memory.
absl::StatusOr<PieceUsage> CountPieceUsage(DocumentSource* source, const CountingOptions& options,
                                           const std::vector<Piece>& pieces,
                                           const PairOptions& pair_options, RunSet* pairs);

}  // namespace bytepiece
