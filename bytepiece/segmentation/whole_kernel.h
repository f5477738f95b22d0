// SPDX-License-Identifier: Apache-2.0
// The recursion over whole numbers (whole_rows.h): the best last piece of every end of a block.
// One source for all processors, by Highway; and the plain one, which says what is right.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/matching/whole_rows.h"
#include "bytepiece/segmentation/last_pieces.h"

namespace bytepiece {

// Most starts of a call: sums of their scores stay far within 32 bits.
inline constexpr std::size_t kMostWholeStarts = std::size_t{1} << 14;

// So many entries after the last one are looked at, and must be of the same rows.
inline constexpr std::size_t kWholeLookAhead = 32;

// Takes all starts of whole chunks that lie one after the other and that no match leaves: chunk i
// ends at ends[i] (ascending, at most kMostWholeStarts, at least one). entries[s] is that of the
// start s; kArrives, which none has, is set and taken away. `last` has room for them.
using AdvanceWholeFunction = void(const WholeRows& rows, WholeRows::Entry* entries,
                                  absl::Span<const std::size_t> ends, LastPieces* last);

// That of a kernel which this processor has.
AdvanceWholeFunction* AdvanceWhole(Kernel kernel);

}  // namespace bytepiece
