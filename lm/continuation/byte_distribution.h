// SPDX-License-Identifier: Apache-2.0
// Probabilities of the byte that comes next, or of the text's end: what models of different
// tokens can be compared by.
#pragma once

#include <array>
#include <cstddef>

namespace bytepiece::lm {

inline constexpr std::size_t kEndOfText = 256;

// Indexed by byte, kEndOfText last.
using ByteDistribution = std::array<double, 257>;

// Divides by the sum; leaves zeros as they are. Returns the sum.
double Normalize(ByteDistribution* distribution);

// Half the sum of |a - b|: 0 equal, 1 disjoint. Both of sum 1.
double TotalVariation(const ByteDistribution& a, const ByteDistribution& b);

}  // namespace bytepiece::lm
