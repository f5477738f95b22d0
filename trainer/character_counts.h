// SPDX-License-Identifier: Apache-2.0
// How often each character occurs, and which deserve a piece whatever the pieces'
// counts say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/types.h"
#include "trainer/piece_pruner.h"

namespace bytepiece {

class CharacterCounts {
 public:
  // The characters of valid UTF-8 within the counted pieces, which together are the
  // corpus; of those with less than `min_count` only the sum is kept. A character cut
  // into several pieces is not seen: with ensure_unicode only rarer ones are.
  static absl::StatusOr<CharacterCounts> FromPieces(const PieceScan& scan, std::int64_t min_count);

  // Those of more than one byte (the others are pieces anyway), the most frequent first,
  // ties by bytes.
  const std::vector<Piece>& characters() const { return characters_; }

  // The place of `bytes` in characters(), or -1.
  std::int64_t RankOf(std::string_view bytes) const;

  // How many of characters() it takes, with all of one byte, until `coverage` of the
  // text's characters are covered, or all.
  std::int64_t NumCovering(double coverage) const;

 private:
  std::vector<Piece> characters_;
  std::map<std::string, std::int64_t, std::less<>> ranks_;
  std::int64_t total_ = 0;   // all characters' counts
  std::int64_t single_ = 0;  // those of one byte
};

}  // namespace bytepiece
