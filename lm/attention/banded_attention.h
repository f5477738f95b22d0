// SPDX-License-Identifier: Apache-2.0
// Causal softmax attention over the latest `window` positions, or over all.
//
// Queries go in blocks, each against the keys it may see and no others: memory is
// (query_block x keys seen) a head, the time of a window linear in the length. Where the
// positions are piecewise (positions.h), the pairs of a block that are all near or all
// far cost one product; only where both meet are both computed.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "lm/attention/positions.h"

namespace bytepiece::lm {

struct Band {
  // Query i sees keys i - window + 1 .. i; 0: keys 0 .. i.
  std::int64_t window = 0;
  // Queries at a time; >= 1. Any choice gives the same result.
  std::int64_t query_block = 256;
};

// q [B, H, Tq, Dk], k [B, H, T, Dk], v [B, H, T, Dv] -> [B, H, Tq, Dv]. The queries are of
// the latest Tq <= T positions: all in training, those that are new in decoding. Scores are
// the plain products: scale the queries before (attention_scale.h).
torch::Tensor BandedAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const RelativePositions& positions,
                              const Band& band);

}  // namespace bytepiece::lm
