// SPDX-License-Identifier: Apache-2.0
// How the documents of a batch are shared out: long ones cut into slices, short ones put together
// to tasks of similar work. Internal to batch.cc.
//
// Example, tasks of 100 bytes: documents of 30, 20, 250 bytes are the slices 30, 20, 100, 100, 50
// and the tasks {30, 20}, {100}, {100}, {50}, as far as the long one can be cut there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"

namespace bytepiece {

// A part of a document, or a slice of such a part.
struct BatchSlice {
  std::size_t part = 0;
  std::string_view text;
  std::int64_t begin = 0;  // of the text in its document
  bool begins_document = true;
  bool ends_document = true;
  bool ends_part = true;
};

// The slices [first, last), which one thread takes; or one slice that all threads take together.
struct BatchTask {
  std::size_t first = 0;
  std::size_t last = 0;
  bool on_all_threads = false;
};

// All parts in order, those of more than a megabyte or so cut where no chunk is and NFC does
// not look across (AppendSafeSlices), if they may be; offsets count bytes then.
std::vector<BatchSlice> CutParts(absl::Span<const TextPart> parts, bool may_cut);

// Tasks over all slices in order: enough for `threads` to end at the same time, not so many that
// handing them out shows. What could not be cut into much less than 4 MB goes to all threads, if it
// may.
std::vector<BatchTask> GroupSlices(absl::Span<const BatchSlice> slices, int threads,
                                   bool may_share_slices);

}  // namespace bytepiece
