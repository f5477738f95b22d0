// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: the stream is a function of (seed, document,
// sample) alone, so samples do not depend on threads, batches or order.
#pragma once

#include <array>
#include <cstdint>

#include "absl/types/span.h"

namespace bytepiece {

// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3",
// SC 2011). Key: seed. Counter: (block number 32 bits, sample 32 bits, document
// 64 bits).
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t document, std::uint32_t sample);

  std::uint32_t NextUint32();

  // Uniform in [0, 1), 53 bits.
  double NextDouble();

  // The number of a place: what NextDouble would give after as many calls, on a stream
  // just made. Places count from where Advance has moved to.
  double At(std::uint64_t place) const;
  // Those of the places from `first` on.
  void Fill(std::uint64_t first, absl::Span<double> numbers) const;
  void Advance(std::uint64_t places) { origin_ += places; }

 private:
  std::array<double, 2> DoublesOfBlock(std::uint64_t block) const;
  void Refill();

  std::array<std::uint32_t, 2> seed_;
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_;
  int left_ = 0;
  std::uint64_t origin_ = 0;
};

// One Philox4x32-10 block, exposed so that the published test vectors apply.
std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

}  // namespace bytepiece
