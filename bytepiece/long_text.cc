// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/long_text.h"

#include <omp.h>

#include <atomic>
#include <cstdint>
#include <new>

#include "bytepiece/fast_viterbi.h"
#include "bytepiece/long_chunk.h"
#include "bytepiece/splitter.h"

namespace bytepiece {
namespace {

// Whole chunks of so many bytes together, or a longer one.
constexpr std::size_t kRun = std::size_t{1} << 18;

std::vector<std::string_view> CutIntoRuns(std::string_view text) {
  std::vector<std::string_view> runs;
  while (!text.empty()) {
    std::size_t size = LastChunkEnd(text, kRun);
    if (size == 0) size = NextChunk(text);
    runs.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return runs;
}

}  // namespace

void AppendSegmentationsOnThreads(const PieceScanner& scanner, absl::Span<const double> scores,
                                  std::string_view text, TokenId id_offset, int threads,
                                  std::vector<TokenId>* ids) {
  const std::vector<std::string_view> runs = CutIntoRuns(text);
  const auto count = static_cast<std::int64_t>(runs.size());
  std::vector<std::vector<TokenId>> ids_of(runs.size());
  std::vector<FastViterbiScratch> scratches(static_cast<std::size_t>(threads));
  std::atomic<bool> is_out_of_memory = false;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < count; ++i) {
    if (runs[i].size() > kRun) continue;
    try {  // no exception may leave a parallel region
      AppendSegmentations(scanner, runs[i], id_offset, &scratches[omp_get_thread_num()],
                          &ids_of[i]);
    } catch (const std::bad_alloc&) {
      is_out_of_memory = true;
    }
  }
  if (is_out_of_memory) throw std::bad_alloc();
  std::size_t size = ids->size();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].size() > kRun) {
      AppendSegmentationOnThreads(scanner, scores, runs[i], id_offset, threads, &ids_of[i]);
    }
    size += ids_of[i].size();
  }
  ids->reserve(size);
  for (std::vector<TokenId>& of_run : ids_of) {
    ids->insert(ids->end(), of_run.begin(), of_run.end());
    of_run = {};
  }
}

}  // namespace bytepiece
