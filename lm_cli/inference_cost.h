// SPDX-License-Identifier: Apache-2.0
// Measures the time that a model takes in inference, over a text at once and token by token.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

// Milliseconds a token, of one text; the least of some measurements.
struct InferenceCost {
  double parallel = 0;  // over a whole text at once
  double step = 0;      // for the next token, once the text is there
};

// Measures on a text of `length` tokens; `repeats` passes over it, and some steps after it. The
// model is in inference during the call.
absl::StatusOr<InferenceCost> MeasureInferenceCost(std::int64_t length, int repeats,
                                                   Transformer* model);

}  // namespace bytepiece::lm
