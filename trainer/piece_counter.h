// SPDX-License-Identifier: Apache-2.0
// Counts pieces of any length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bytepiece/types.h"

namespace bytepiece {

// One per thread.
class PieceCounter {
 public:
  PieceCounter();
  ~PieceCounter();
  PieceCounter(PieceCounter&&) noexcept;
  PieceCounter& operator=(PieceCounter&&) noexcept;

  void Add(std::string_view piece);

  // The pieces counted, strictly ascending by bytes; the counter is empty again.
  std::vector<Piece> TakeSorted();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Adds up the counts of equal pieces; each input and the result strictly
// ascending by bytes.
std::vector<Piece> MergePieceCounts(std::vector<std::vector<Piece>> sorted);

}  // namespace bytepiece
