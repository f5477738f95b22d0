// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/prefix_index.h"

#include <algorithm>
#include <numeric>

#include "bytepiece/prefix/piece_endings.h"

namespace bytepiece::inline v0 {

PrefixIndex::PrefixIndex(const Vocabulary* vocabulary)
    : vocabulary_(vocabulary),
      by_bytes_(static_cast<std::size_t>(vocabulary->num_pieces())),
      rests_(std::make_unique<const PieceEndings>(*vocabulary)) {
  std::iota(by_bytes_.begin(), by_bytes_.end(), kFirstPieceId);
  std::sort(by_bytes_.begin(), by_bytes_.end(), [&](TokenId a, TokenId b) {
    return vocabulary_->PieceBytes(a) < vocabulary_->PieceBytes(b);
  });
}

PrefixIndex::PrefixIndex(PrefixIndex&&) noexcept = default;
PrefixIndex& PrefixIndex::operator=(PrefixIndex&&) noexcept = default;
PrefixIndex::~PrefixIndex() = default;

absl::Span<const TokenId> PrefixIndex::Pieces(std::string_view prefix) const {
  const auto head = [&](TokenId id) {
    return vocabulary_->PieceBytes(id).substr(0, prefix.size());
  };
  const auto begin =
      std::lower_bound(by_bytes_.begin(), by_bytes_.end(), prefix,
                       [&](TokenId id, std::string_view bytes) { return head(id) < bytes; });
  const auto end =
      std::upper_bound(begin, by_bytes_.end(), prefix,
                       [&](std::string_view bytes, TokenId id) { return bytes < head(id); });
  return absl::MakeConstSpan(by_bytes_).subspan(static_cast<std::size_t>(begin - by_bytes_.begin()),
                                                static_cast<std::size_t>(end - begin));
}

std::vector<TokenId> PrefixIndex::PiecesById(std::string_view prefix) const {
  const absl::Span<const TokenId> found = Pieces(prefix);
  std::vector<TokenId> ids(found.begin(), found.end());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace bytepiece::inline v0
