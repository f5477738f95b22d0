// SPDX-License-Identifier: Apache-2.0
// Forgets rare n-grams while they are counted: the approximate mode.
//
// An n-gram of two bytes or more that was counted fewer than `below` times so far is
// folded: what it counts goes on counting as its first bytes, the longest of its
// prefixes that was counted often enough (one byte always was). So
// - no mass is lost: the count of an n-gram that is not folded stays what it was,
// - a folding takes at most below - 1 from any count, nothing from a single byte's,
//   and adds to none.
// After k foldings every count is at most k (below - 1) too low, and never too high.
//
// Example, below = 3: "abc" 2, "abd" 2, "xyz" 1, all of whose bytes begin nothing else.
// "abc" and "abd" become "ab" 4, which was counted 4 times and stays; "xyz" becomes
// "x" 1. Had "abd" been seen 3 times, it would stay, beside "ab" 2: 5 in all.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "trainer/counts/run_set.h"

namespace bytepiece {

// Replaces the runs, all of which may be in memory or in files, by what is left of
// them, in files. The counts left depend on the counts alone. Memory: a block for each
// file, and `order` blocks a thread. Errors: damaged runs, a full disk.
absl::Status FoldRareNgrams(std::int64_t below, int threads, RunSet* runs);

}  // namespace bytepiece
