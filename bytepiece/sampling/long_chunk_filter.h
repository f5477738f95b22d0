// SPDX-License-Identifier: Apache-2.0
// Filters a chunk that is too long to be held at once, block by block: backwards, keeping
// what the block before needs, then forwards, each block except the first filtered again.
// Internal to perfect_sampler.cc and expected_uses.cc.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/sampling/double_filter.h"
#include "bytepiece/sampling/scaled_filter.h"

namespace bytepiece {

// Calls visit(begin, size) for each block of the chunk, in order, with the filter holding its
// totals. False, before any call, if plain doubles do not do. `tails` is scratch.
template <typename Visit>
bool FilterLongChunk(const PieceScanner& scanner, std::string_view chunk, DoubleFilter* filter,
                     std::vector<double>* tails, const Visit& visit) {
  const std::size_t tail = filter->tail() + 1;
  // The last block is as long as the one before can reach into it.
  const std::size_t last = chunk.size() > tail ? (chunk.size() - tail) / kFilterBlock : 0;
  tails->resize(last * tail);
  const auto size_of = [&](std::size_t block) {
    return block == last ? chunk.size() - block * kFilterBlock : kFilterBlock;
  };
  const auto sum = [&](std::size_t block) {
    const std::size_t begin = block * kFilterBlock;
    const std::size_t size = size_of(block);
    scanner.Scan(chunk, begin, begin + size, filter->States(size));
    filter->Start();
    return filter->Sum(0, size, block == last ? nullptr : tails->data() + block * tail);
  };
  for (std::size_t block = last; block > 0; --block) {
    if (!sum(block) || !filter->CopyTail(0, tails->data() + (block - 1) * tail)) return false;
  }
  if (!sum(0)) return false;
  for (std::size_t block = 0; block <= last; ++block) {
    if (block > 0) sum(block);
    visit(block * kFilterBlock, size_of(block));
  }
  return true;
}

}  // namespace bytepiece
