// SPDX-License-Identifier: Apache-2.0
// The next token from its logits.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "bytepiece/base/random.h"
#include "bytepiece/base/types.h"

namespace bytepiece::lm {

struct TokenSamplerOptions {
  double temperature = 1;  // 0: always the most probable token
  std::int64_t top_k = 0;  // among the k most probable; 0: all
  double top_p = 1;        // among the most probable that together reach this much, the
                           // one that reaches it included; after top_k
};

// logits [V], of any dtype and device. Tokens of equal logits are ordered by id. <pad>
// and <bos> are never drawn: no text continues with them. Takes one number of `random`,
// unless temperature is 0.
TokenId SampleToken(const torch::Tensor& logits, const TokenSamplerOptions& options,
                    RandomStream* random);

}  // namespace bytepiece::lm
