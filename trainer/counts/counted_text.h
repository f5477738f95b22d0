// SPDX-License-Identifier: Apache-2.0
// Whether counts are of as much text as their files say. Every byte of the text begins one n-gram,
// and lies in one piece, so the counts say it too, and a file in which the two differ is not
// what "count" wrote, whatever its checksums.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "trainer/counts/count_header.h"
#include "trainer/counts/count_run.h"

namespace bytepiece {

// `found`: the bytes of text, each by its document's weight, that the entries of `runs` hold
// together: their counts, of pieces times their lengths. Error if `corpus`, which the runs' files
// say they are of together, is of another size; it names the file. Where n-grams were pruned while
// they were counted, the entries may hold less.
absl::Status CheckCountedText(const CountHeader& header, const CorpusSize& corpus,
                              std::int64_t found, const RunPointers& runs);

}  // namespace bytepiece
