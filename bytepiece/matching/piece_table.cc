// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/piece_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "bytepiece/base/keyed_sort.h"

namespace bytepiece {
namespace {

// The first eight bytes as a number that compares as they do; zeros if there are
// fewer.
std::uint64_t Prefix(std::string_view bytes) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof(prefix); ++i) {
    prefix = prefix << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
  }
  return prefix;
}

}  // namespace

PieceTable::PieceTable(absl::Span<const std::string_view> pieces) {
  LargeVector<char> bytes;
  LargeVector<std::uint32_t> offsets;
  offsets.reserve(pieces.size() + 1);
  offsets.push_back(0);
  for (const std::string_view piece : pieces) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
  }
  bytes.resize(bytes.size() + kCopySlack, '\0');
  bytes_ = FrozenArray(std::move(bytes));
  offsets_ = FrozenArray(std::move(offsets));
}

// Most pieces are told apart by their prefixes.
std::vector<std::int32_t> PieceTable::SortedIndices() const {
  std::vector<KeyedIndex> keys;
  keys.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    keys.push_back({Prefix((*this)[i]), static_cast<std::int32_t>(i)});
  }
  SortByKey(&keys);
  for (auto begin = keys.begin(); begin != keys.end();) {
    const auto end = std::find_if(begin, keys.end(),
                                  [begin](const KeyedIndex& k) { return k.key != begin->key; });
    std::sort(begin, end, [&](const KeyedIndex& a, const KeyedIndex& b) {
      return (*this)[a.index] < (*this)[b.index];
    });
    begin = end;
  }
  std::vector<std::int32_t> indices;
  indices.reserve(keys.size());
  for (const KeyedIndex& key : keys) indices.push_back(key.index);
  return indices;
}

bool PieceTable::TablesFit(std::size_t max_length) const {
  if (size() == 0 || size() > std::numeric_limits<std::int32_t>::max() || offsets_[0] != 0 ||
      bytes_.size() != std::size_t{offsets_[size()]} + kCopySlack) {
    return false;
  }
  bool fit = true;
  for (std::size_t i = 0; i < size(); ++i) {
    fit &= offsets_[i] < offsets_[i + 1] && offsets_[i + 1] - offsets_[i] <= max_length;
  }
  return fit;
}

}  // namespace bytepiece
