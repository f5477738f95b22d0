// SPDX-License-Identifier: Apache-2.0
// One position encoding of each kind, for tests that go through all.
#pragma once

#include <cstdint>
#include <vector>

#include "lm/attention/positions.h"

namespace bytepiece::lm {

inline std::vector<PositionOptions> PositionCases(std::int64_t window) {
  return {
      {.kind = PositionKind::kNone},
      {.kind = PositionKind::kRope, .base = 100},
      {.kind = PositionKind::kInterpolation, .factor = 3},
      {.kind = PositionKind::kNtkFixed, .factor = 8},
      {.kind = PositionKind::kNtkMixed, .factor = 8},
      {.kind = PositionKind::kReRope, .base = 50, .window = window},
      {.kind = PositionKind::kLeakyReRope, .factor = 16, .window = window},
      {.kind = PositionKind::kLeakyReRope, .factor = 0.125, .window = window},  // InvLeaky
  };
}

}  // namespace bytepiece::lm
