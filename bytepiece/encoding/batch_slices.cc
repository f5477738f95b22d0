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

// The cost of a slice beside its bytes, in bytes, so that a million empty documents are no one
// task.
constexpr std::size_t kSliceOverhead = 32;

}  // namespace

std::vector<BatchSlice> CutParts(absl::Span<const TextPart> parts, bool may_cut) {
  std::vector<BatchSlice> slices;
  slices.reserve(parts.size());
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const TextPart& part = parts[i];
    if (!may_cut || part.text.size() <= kSliceBytes) {
      slices.push_back({i, part.text, part.begin, part.begins_document, part.ends_document});
      continue;
    }
    texts.clear();
    AppendSafeSlices(part.text, kSliceBytes, &texts);
    for (const std::string_view text : texts) {
      const std::int64_t begin = text.data() - part.text.data();
      const bool is_last = text.end() == part.text.end();
      slices.push_back({i, text, part.begin + begin, part.begins_document && begin == 0,
                        part.ends_document && is_last, is_last});
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
