// SPDX-License-Identifier: Apache-2.0
// The bytes of many pieces, back to back: by index, and by order. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/frozen_array.h"
#include "bytepiece/base/types.h"

namespace bytepiece {

class PieceTable {
 public:
  PieceTable() = default;
  // Fewer than 2^31 pieces of fewer than 2^32 bytes in all.
  explicit PieceTable(absl::Span<const std::string_view> pieces);

  std::size_t size() const { return offsets_.empty() ? 0 : offsets_.size() - 1; }
  std::size_t total_bytes() const { return offsets_.empty() ? 0 : offsets_[size()]; }

  static constexpr std::size_t kCopySlack = 16;

  // The table as two pointers, for loops that write characters: a local copy cannot be what is
  // written to, and so stays in registers.
  struct View {
    const char* bytes;
    const std::uint32_t* offsets;

    std::string_view operator[](std::size_t i) const {
      return {bytes + offsets[i], offsets[i + 1] - offsets[i]};
    }
    // Writes the bytes of piece i to `out` and returns their number. Up to kCopySlack
    // bytes after them are overwritten, so that no short piece costs a loop.
    std::size_t Copy(std::size_t i, char* out) const {
      const std::string_view piece = (*this)[i];
      std::memcpy(out, piece.data(), kCopySlack);
      if (piece.size() > kCopySlack) std::memcpy(out, piece.data(), piece.size());
      return piece.size();
    }
  };
  View view() const { return {bytes_.data(), offsets_.data()}; }

  std::string_view operator[](std::size_t i) const { return view()[i]; }

  // The indices in ascending order of the pieces' bytes.
  std::vector<std::int32_t> SortedIndices() const;

  // For compiled models.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.bytes_);
    visit(self.offsets_);
  }
  // Whether these are tables of at least one piece, none empty or over `max_length` bytes.
  bool TablesFit(std::size_t max_length) const;

 private:
  FrozenArray<char> bytes_;             // kCopySlack more than the pieces have
  FrozenArray<std::uint32_t> offsets_;  // piece i: [offsets_[i], offsets_[i + 1])
};

}  // namespace bytepiece
