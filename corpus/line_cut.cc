// SPDX-License-Identifier: Apache-2.0
#include "corpus/line_cut.h"

#include <deque>
#include <string>

#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// Places to try: nearly always the last one will do.
constexpr std::size_t kMostTried = 8;

// The last ends of chunks that no text after `text` changes, in order.
std::deque<std::size_t> LastChunkEnds(const LineCutOptions& options, std::string_view text) {
  const TrainingSplitter splitter(options.isolate_digits);
  std::deque<std::size_t> ends;
  for (std::size_t end = splitter.NextChunk(text); end + kBlockContext < text.size();
       end += splitter.NextChunk(text.substr(end))) {
    ends.push_back(end);
    if (ends.size() > kMostTried) ends.pop_front();
  }
  return ends;
}

}  // namespace

std::size_t LastTrainingCut(const LineCutOptions& options, std::string_view text) {
  const Normalization form = options.normalization;
  text = text.substr(0, LastBoundary(form, text, 1));
  std::string buffer;
  OffsetMap offsets;
  const std::string_view normalized = Normalize(form, text, &buffer, &offsets);
  std::deque<std::size_t> ends = LastChunkEnds(options, normalized);
  if (ends.empty()) return 0;
  // Every part of a text in NFC is in NFC.
  if (offsets.identity()) return ends.back();
  std::string before;
  std::string after;
  for (; !ends.empty(); ends.pop_back()) {
    const std::size_t end = ends.back();
    const auto cut = static_cast<std::size_t>(offsets.ToOriginal(static_cast<std::int64_t>(end)));
    if (Normalize(form, text.substr(0, cut), &before) == normalized.substr(0, end) &&
        Normalize(form, text.substr(cut), &after) == normalized.substr(end)) {
      return cut;
    }
  }
  return 0;
}

}  // namespace bytepiece
