// SPDX-License-Identifier: Apache-2.0
// The scores of pieces while a vocabulary grows.
#pragma once

#include <vector>

#include "bytepiece/base/types.h"

namespace bytepiece {

// The scores that the segmentation gives pieces: half the logarithm of pieces[i].count (positive),
// less a constant: between likelihood (the whole logarithm) and fewest pieces (none).
std::vector<double> PieceScores(const std::vector<Piece>& pieces);

}  // namespace bytepiece
