// SPDX-License-Identifier: Apache-2.0
// Unicode normalisation of bytes, with the way back. In the library
// normalizer.cc alone sees ICU.
//
// NFC is that of Unicode 14, whatever the ICU installed (characters assigned
// later pass through), so that ids do not depend on the machine. Bytes that are
// not valid UTF-8 pass through unchanged and nothing composes across them. Text
// already in NFC is not copied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/types.h"

namespace bytepiece {

// Maps positions in a normalised text to positions in the original.
class OffsetMap {
 public:
  // Position in the original for `normalized`, a position 0..size of the
  // normalised text. Monotone; 0 -> 0, end -> end. A position inside a rewritten
  // stretch maps to that stretch's end in the original, so the token that
  // starts the stretch owns all of it. O(log changes).
  std::int64_t ToOriginal(std::int64_t normalized) const;

  bool identity() const { return changes_.empty(); }
  void Clear() { changes_.clear(); }
  // Appends a rewritten stretch, right of all before it.
  void AddChange(ByteSpan original, ByteSpan normalized) {
    changes_.push_back({original, normalized});
  }

 private:
  struct Change {
    ByteSpan original;
    ByteSpan normalized;
  };
  std::vector<Change> changes_;
};

// OK if normalisation is at hand; else what is missing. Check once before the
// first Normalize, which otherwise leaves text as it is.
absl::Status CheckNormalizer();

// Length of the first part of `text` that Normalize treats on its own: some KB, more
// where that much may depend on each other; 0 only for empty text. Unless it
// ends within kBlockContext of the end of `text`, it is the same whatever follows.
inline constexpr std::size_t kBlockContext = 4;  // bytes of a character
std::size_t FirstBlock(Normalization form, std::string_view text);

// The largest position of `text` such that normalising what stands before it and what
// stands after it, however it goes on, gives the whole normalised; 0 if that is not
// `from` or above. Linear in what is after the result.
std::size_t LastBoundary(Normalization form, std::string_view text, std::size_t from);

// Returns `text` itself if it is already normalised, else a view of *buffer,
// which then holds the normalised text. If `offsets` is given it is replaced.
std::string_view Normalize(Normalization form, std::string_view text, std::string* buffer,
                           OffsetMap* offsets = nullptr);

}  // namespace bytepiece
