// SPDX-License-Identifier: Apache-2.0
// The pieces that would stand in a piece's place if it were not there: how many tokens it saves.
//
// Example: with pieces "of", " the" besides bytes, " of the" is replaced by three, " ",
// "of", " the", so every use of it saves two tokens; with " of" there, too, one.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"

namespace bytepiece {

class ReplacementLengths {
 public:
  // `pieces`: strictly ascending by bytes, all single bytes among them; must outlive
  // this object. Memory: an automaton of them.
  static absl::StatusOr<ReplacementLengths> Create(const std::vector<Piece>& pieces);

  // For each piece the number of parts of its best segmentation by the others; 1 for a
  // single byte. A score of -infinity: not to be used, single bytes' are finite. Does not
  // depend on the threads.
  std::vector<std::int32_t> Count(const std::vector<double>& scores, int threads) const;

 private:
  explicit ReplacementLengths(const std::vector<Piece>& pieces) : pieces_(pieces) {}

  const std::vector<Piece>& pieces_;
  Automaton automaton_;
  std::size_t max_length_ = 0;
};

}  // namespace bytepiece
