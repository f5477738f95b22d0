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
#include "bytepiece/base/types.h"
#include "corpus/document_source.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

class CharacterCounts {
 public:
  // Reads the corpus from its start; bytes that are no UTF-8 are no characters. Memory: 16
  // bytes a thread for each distinct character, doubled. Errors: the source's, Cancelled.
  static absl::StatusOr<CharacterCounts> Create(DocumentSource* source,
                                                const CountingOptions& options);

  // Those of more than one byte (the others are pieces anyway) and at most max_piece_length
  // (longer ones must not be pieces), the most frequent first,
  // ties by bytes; counts in the unit of weights.
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
