// SPDX-License-Identifier: Apache-2.0
// Gaps: positions of a text that no piece's occurrence crosses, so that every segmentation goes
// through them. With the public models one comes every 3 to 20 bytes.
//
// Example: where all pieces of several bytes are words, there is a gap on either side of a space.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/whole_rows.h"

namespace bytepiece {

// The last gap in (begin, size) of a block with these entries, `begin` being any position; 0 if
// there is none that can be told from the entries from `begin` on. No piece has more than
// `max_length` bytes.
std::size_t LastGapOf(const WholeRows& rows, const WholeRows::Entry* entries, std::size_t begin,
                      std::size_t size, std::size_t max_length);

// The first gap of `chunk` in [begin, end), or `end`. `entries` is scratch memory.
std::size_t FirstGap(const PieceScanner& scanner, const WholeRows& rows, std::string_view chunk,
                     std::size_t begin, std::size_t end, std::vector<WholeRows::Entry>* entries);

}  // namespace bytepiece
