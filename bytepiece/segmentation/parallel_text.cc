// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/parallel_text.h"

#include <algorithm>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {

std::vector<TextRun> CutIntoRuns(std::string_view text, const CutChunk& cut) {
  std::vector<TextRun> runs;
  while (!text.empty()) {
    const std::string_view run = text.substr(0, NextChunks(text, kRun));
    text.remove_prefix(run.size());
    if (run.size() <= kRun || !cut) {
      runs.push_back({run});
      continue;
    }
    for (std::size_t begin = 0; begin < run.size();) {
      const std::size_t end = begin + kRun < run.size() ? cut(run, begin + kRun) : run.size();
      runs.push_back({run.substr(begin, end - begin), true});
      begin = end;
    }
  }
  return runs;
}

void AppendRunsOnThreads(
    const std::vector<TextRun>& runs, int threads,
    const std::function<void(const TextRun&, int thread, std::vector<TokenId>*)>& append,
    std::vector<TokenId>* ids) {
  std::vector<std::vector<TokenId>> ids_of(runs.size());
  ForEachOnThreads(runs.size(), threads,
                   [&](std::size_t i, int thread) { append(runs[i], thread, &ids_of[i]); });
  std::size_t size = ids->size();
  for (const std::vector<TokenId>& of_run : ids_of) size += of_run.size();
  ids->reserve(size);
  for (std::vector<TokenId>& of_run : ids_of) {
    ids->insert(ids->end(), of_run.begin(), of_run.end());
    of_run = {};
  }
}

}  // namespace bytepiece
