// SPDX-License-Identifier: Apache-2.0
// How the documents of a batch are shared out: long ones cut into slices, short ones put together
// to tasks of similar work. Internal to batch.cc.
//
// Example, tasks of 100 bytes: documents of 30, 20, 250 bytes are the slices 30, 20, 100, 100, 50
// and the tasks {30, 20}, {100}, {100}, {50}, as far as the long one can be cut there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace bytepiece {

// A document, or a part of one.
struct BatchSlice {
  std::size_t document = 0;
  std::size_t begin = 0;  // in the document, bytes
  std::string_view text;
  bool begins_document = true;
  bool ends_document = true;
};

// The slices [first, last), which one thread takes; or one slice that all threads take together.
struct BatchTask {
  std::size_t first = 0;
  std::size_t last = 0;
  bool on_all_threads = false;
};

// All documents in order, those of more than a megabyte or so cut where no chunk is and NFC does
// not look across (NextSafeCut), if they may be.
std::vector<BatchSlice> CutDocuments(absl::Span<const std::string_view> documents, bool may_cut);

// Tasks over all slices in order: enough for `threads` to end at the same time, not so many that
// handing them out shows. What could not be cut into much less than 4 MB goes to all threads, if it
// may.
std::vector<BatchTask> GroupSlices(absl::Span<const BatchSlice> slices, int threads,
                                   bool may_share_slices);

}  // namespace bytepiece
