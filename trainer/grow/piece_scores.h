// SPDX-License-Identifier: Apache-2.0
// What pieces weigh while a vocabulary grows.
#pragma once

#include <vector>

#include "bytepiece/base/types.h"

namespace bytepiece {

// What the segmentation scores pieces by: half the logarithm of pieces[i].count (positive),
// less a constant: between likelihood (the whole logarithm) and fewest pieces (none).
std::vector<double> PieceScores(const std::vector<Piece>& pieces);

}  // namespace bytepiece
