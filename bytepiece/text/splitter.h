// SPDX-License-Identifier: Apache-2.0
// Cuts normalised text into chunks that are segmented independently
// (docs/method/training.md, step 1, and runtime.md). Concatenated, the chunks are the
// text; the empty text has none.
//
// The reference states the rules as regular expressions; they are byte scans
// here because RE2 caps repetition at 1000 and a scan for one byte is faster.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace bytepiece {

// Length in bytes of the first runtime chunk of `text`: `[^\n]*\n+|[^\n]+`.
// 0 only for empty text.
std::size_t NextChunk(std::string_view text);

// The last end of a runtime chunk at most `limit` (> 0) bytes on; 0 if there is none.
std::size_t LastChunkEnd(std::string_view text, std::size_t limit);

// Length of as many first chunks as end within `limit` (> 0) bytes, or of the first one if it is
// longer: how a text is taken whole chunks at a time. 0 only for empty text.
std::size_t NextChunks(std::string_view text, std::size_t limit);

// The first position after `from` where a chunk ends by every rule here, and
// where NFC does not look across: between a newline and a character that is
// none. text.size() if there is no such position. Long texts are cut there for
// threads without changing a chunk.
std::size_t NextSafeCut(std::string_view text, std::size_t from);

// Appends the slices of `text` between safe cuts, each of `size` (> 0) bytes and as many more as
// to the next cut; the last one may be shorter. None is empty, so empty text has none.
void AppendSafeSlices(std::string_view text, std::size_t size,
                      std::vector<std::string_view>* slices);

// The training rules: at most 10000 characters before a newline run and at most
// 100 newlines in it; with `isolate_digits` every character of category Nd
// (Unicode 14) is a chunk of its own. Invalid bytes count as one character each.
class TrainingSplitter {
 public:
  explicit TrainingSplitter(bool isolate_digits) : isolate_digits_(isolate_digits) {}

  // Length in bytes of the first chunk of `text`; 0 only for empty text.
  std::size_t NextChunk(std::string_view text) const;

 private:
  bool isolate_digits_;
};

}  // namespace bytepiece
