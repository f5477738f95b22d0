// SPDX-License-Identifier: Apache-2.0
// The pairs of pieces that stand side by side most often, out of what PairCounter counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/counts/run_set.h"

namespace bytepiece {

using CountedPair = KeyCount<std::uint64_t>;  // PairCounter::Left and Right tell the pieces

// At most `most` pairs of which may_take(key, count) holds, in no order; of equally frequent ones
// those of pieces with lower numbers. Memory: twice as many. Errors: the disk's.
absl::StatusOr<std::vector<CountedPair>> MostFrequentPairs(
    const RunSet& pairs, std::size_t most,
    const std::function<bool(std::uint64_t key, std::int64_t count)>& may_take);

}  // namespace bytepiece
