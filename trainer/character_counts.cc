// SPDX-License-Identifier: Apache-2.0
#include "trainer/character_counts.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "bytepiece/utf8.h"

namespace bytepiece {

absl::StatusOr<CharacterCounts> CharacterCounts::FromPieces(const PieceScan& scan,
                                                            std::int64_t min_count) {
  CharacterCounts result;
  absl::flat_hash_map<std::string, std::int64_t> counts;
  absl::Status status = scan([&](const std::string& piece, std::int64_t count) {
    std::string_view left = piece;
    while (!left.empty()) {
      const Utf8Char c = DecodeUtf8Char(left);
      const std::string_view bytes = left.substr(0, c.length);
      left.remove_prefix(c.length);
      if (!c.valid) continue;
      result.total_ += count;
      if (c.length == 1) {
        result.single_ += count;
      } else {
        counts[std::string(bytes)] += count;
      }
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  for (const auto& [bytes, count] : counts) {
    if (count >= min_count) result.characters_.push_back({bytes, count});
  }
  std::sort(result.characters_.begin(), result.characters_.end(),
            [](const Piece& a, const Piece& b) {
              return a.count != b.count ? a.count > b.count : a.bytes < b.bytes;
            });
  for (const Piece& character : result.characters_) {
    result.ranks_.emplace(character.bytes, static_cast<std::int64_t>(result.ranks_.size()));
  }
  return result;
}

std::int64_t CharacterCounts::RankOf(std::string_view bytes) const {
  const auto found = ranks_.find(bytes);
  return found == ranks_.end() ? -1 : found->second;
}

std::int64_t CharacterCounts::NumCovering(double coverage) const {
  const double wanted = coverage * static_cast<double>(total_);
  std::int64_t covered = single_;
  std::int64_t number = 0;
  for (const Piece& character : characters_) {
    if (static_cast<double>(covered) >= wanted) break;
    covered += character.count;
    ++number;
  }
  return number;
}

}  // namespace bytepiece
