// SPDX-License-Identifier: Apache-2.0
// Counts pieces of any length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "trainer/counts/count_run.h"

namespace bytepiece {

// One per thread.
class PieceCounter {
 public:
  PieceCounter();
  ~PieceCounter();
  PieceCounter(PieceCounter&&) noexcept;
  PieceCounter& operator=(PieceCounter&&) noexcept;

  // Each piece added from now on counts so much; 1 before the first call.
  void SetWeight(std::int64_t weight) { weight_ = weight; }

  void Add(std::string_view piece);

  // The memory that the counter takes, and TakeRun on top, if it grows no further than its
  // table's next doubling.
  std::size_t memory_bytes() const;

  // The pieces counted (piece_run.h); the counter is empty again.
  CountRun TakeRun();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::int64_t weight_ = 1;
};

}  // namespace bytepiece
