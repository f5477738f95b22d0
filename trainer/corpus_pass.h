// SPDX-License-Identifier: Apache-2.0
// One reading of the corpus: documents become slices of normalised text, which
// threads work on while the next documents are read.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "bytepiece/types.h"
#include "trainer/document_source.h"
#include "trainer/progress.h"

namespace bytepiece {

struct CorpusPassOptions {
  Normalization normalization = Normalization::kNfc;
  int threads = 1;
  Progress progress;  // stage and name; the pass fills in the rest
};

// Calls work(worker, text), 0 <= worker < threads, once for every slice of every
// document; calls with the same worker do not overlap. A slice is normalised,
// not empty, and ends where the document does or at a safe cut (splitter.h), so
// that chunks are the same as the whole document's. Adds up the number of
// documents if `documents` is given. Starts with Rewind.
absl::Status ForEachSlice(DocumentSource* source, const CorpusPassOptions& options,
                          ProgressSink* sink,
                          const std::function<void(int worker, std::string_view text)>& work,
                          std::int64_t* documents = nullptr);

}  // namespace bytepiece
