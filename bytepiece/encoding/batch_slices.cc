// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/encoding/batch_slices.h"

#include <algorithm>

#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{1} << 20;
constexpr std::size_t kLongSliceBytes = 4 * kSliceBytes;

// Bytes a task. Fewer than this and the handing out shows.
constexpr std::size_t kLeastTask = std::size_t{1} << 13;
constexpr std::size_t kTasksPerThread = 16;

// What a slice costs beside its bytes, in bytes, so that a million empty documents are no one task.
constexpr std::size_t kSliceOverhead = 32;

}  // namespace

std::vector<BatchSlice> CutDocuments(absl::Span<const std::string_view> documents, bool may_cut) {
  std::vector<BatchSlice> slices;
  slices.reserve(documents.size());
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string_view document = documents[i];
    if (!may_cut || document.size() <= kSliceBytes) {
      slices.push_back({i, 0, document, true, true});
      continue;
    }
    parts.clear();
    AppendSafeSlices(document, kSliceBytes, &parts);
    for (const std::string_view part : parts) {
      const auto begin = static_cast<std::size_t>(part.data() - document.data());
      slices.push_back({i, begin, part, begin == 0, begin + part.size() == document.size()});
    }
  }
  return slices;
}

std::vector<BatchTask> GroupSlices(absl::Span<const BatchSlice> slices, int threads,
                                   bool may_share_slices) {
  std::size_t total = 0;
  for (const BatchSlice& slice : slices) total += slice.text.size() + kSliceOverhead;
  const std::size_t tasks = static_cast<std::size_t>(threads) * kTasksPerThread;
  const std::size_t least =
      threads == 1 ? total + 1 : std::clamp(total / tasks, kLeastTask, kSliceBytes);
  std::vector<BatchTask> grouped;
  std::size_t bytes = least;  // of the last task, as many as there shall be at most
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::size_t size = slices[i].text.size();
    if (may_share_slices && threads > 1 && size > kLongSliceBytes) {
      grouped.push_back({i, i + 1, true});
      bytes = least;
      continue;
    }
    if (bytes >= least) {
      grouped.push_back({i, i, false});
      bytes = 0;
    }
    grouped.back().last = i + 1;
    bytes += size + kSliceOverhead;
  }
  return grouped;
}

}  // namespace bytepiece
