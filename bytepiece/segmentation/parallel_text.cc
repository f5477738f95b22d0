// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/parallel_text.h"

#include <omp.h>

#include <algorithm>
#include <cstddef>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/parallel_chunk.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// Whole chunks of so many bytes together, or a longer one.
constexpr std::size_t kRun = std::size_t{1} << 18;

std::vector<std::string_view> CutIntoRuns(std::string_view text) {
  std::vector<std::string_view> runs;
  while (!text.empty()) {
    const std::size_t size = NextChunks(text, kRun);
    runs.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return runs;
}

}  // namespace

void AppendSegmentationsOnThreads(const PieceScanner& scanner, absl::Span<const double> scores,
                                  std::string_view text, TokenId id_offset, int threads,
                                  std::vector<TokenId>* ids) {
  if (text.empty()) return;
  const std::vector<std::string_view> runs = CutIntoRuns(text);
  // A chunk that would keep one thread busy while the others have nothing left.
  const std::size_t most_alone =
      std::max(kRun, text.size() / (4 * static_cast<std::size_t>(threads)));
  const int busy_threads = static_cast<int>(std::min<std::size_t>(threads, runs.size()));
  std::vector<std::vector<TokenId>> ids_of(runs.size());
  std::vector<FastViterbiScratch> scratches(static_cast<std::size_t>(busy_threads));
  ForEachOnThreads(runs.size(), busy_threads, [&](std::size_t i) {
    if (runs[i].size() > most_alone) return;
    AppendSegmentations(scanner, runs[i], id_offset, &scratches[omp_get_thread_num()], &ids_of[i]);
  });
  std::size_t size = ids->size();
  for (const std::vector<TokenId>& of_run : ids_of) size += of_run.size();
  ids->reserve(size);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].size() > most_alone) {
      AppendSegmentationOnThreads(scanner, scores, runs[i], id_offset, threads, ids);
    } else {
      ids->insert(ids->end(), ids_of[i].begin(), ids_of[i].end());
      ids_of[i] = {};
    }
  }
}

}  // namespace bytepiece
