// SPDX-License-Identifier: Apache-2.0
// One long text shared among threads: it is dealt out in runs of whole chunks (splitter.h), and
// where a chunk may be cut itself, of parts of it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "bytepiece/base/types.h"

namespace bytepiece {

// From so many bytes on threads are worth starting.
inline constexpr std::size_t kLongText = std::size_t{1} << 19;

// A run has about so many bytes.
inline constexpr std::size_t kRun = std::size_t{1} << 18;

// Whole chunks, or a part of one.
struct TextRun {
  std::string_view text;
  bool is_part = false;
};

// Where a chunk may be cut: the first such position in [begin, chunk.size()), or chunk.size().
using CutChunk = std::function<std::size_t(std::string_view chunk, std::size_t begin)>;

// The runs of `text`. Chunks beyond a run are cut by `cut`, or, if there is none, are runs.
std::vector<TextRun> CutIntoRuns(std::string_view text, const CutChunk& cut);

// Calls append(run, thread, &ids) for each of `runs`, on as many of `threads` (> 0) as are of
// use, each with its number, and puts the ids together in the runs' order. Memory: as much again
// as the ids.
void AppendRunsOnThreads(
    const std::vector<TextRun>& runs, int threads,
    const std::function<void(const TextRun&, int thread, std::vector<TokenId>*)>& append,
    std::vector<TokenId>* ids);

}  // namespace bytepiece
