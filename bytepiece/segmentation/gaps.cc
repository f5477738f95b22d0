// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/gaps.h"

#include <algorithm>

namespace bytepiece {

std::size_t LastGapOf(const WholeRows& rows, const WholeRows::Entry* entries, std::size_t begin,
                      std::size_t size, std::size_t max_length) {
  // A piece that crosses a position starts less than its length before it.
  const std::size_t least = begin == 0 ? 1 : begin + max_length - 1;
  std::size_t farthest = 0;
  std::size_t gap = 0;
  for (std::size_t i = begin; i < size; ++i) {
    if (i >= least && farthest <= i) gap = i;
    farthest = std::max(farthest, i + rows.LongestOf(entries[i]));
  }
  return gap;
}

std::size_t FirstGap(const PieceScanner& scanner, const WholeRows& rows, std::string_view chunk,
                     std::size_t begin, std::size_t end, std::vector<WholeRows::Entry>* entries) {
  constexpr std::size_t kWindow = 1024;
  if (entries->size() < kWindow + PieceScanner::kMaxLength) {
    entries->resize(kWindow + PieceScanner::kMaxLength);
  }
  std::size_t farthest = 0;
  for (std::size_t from = begin - std::min(begin, scanner.max_length() - 1); from < end;) {
    const std::size_t size = std::min(kWindow, end - from);
    scanner.Scan(chunk, from, from + size, entries->data());
    rows.FindEntries(absl::MakeSpan(entries->data(), size));
    for (std::size_t i = 0; i < size; ++i, ++from) {
      if (from >= begin && farthest <= from) return from;
      farthest = std::max(farthest, from + rows.LongestOf((*entries)[i]));
    }
  }
  return end;
}

}  // namespace bytepiece
