// SPDX-License-Identifier: Apache-2.0
// What a training run is told.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "bytepiece/model.h"

namespace bytepiece {

inline constexpr int kMinOrder = 2;
inline constexpr int kMaxOrder = 7;  // bytes of a 64-bit key, less one for the length
// 256 bytes + the control tokens.
inline constexpr std::int64_t kMinVocabSize = 256 + kNumControlTokens;

struct TrainerOptions {
  TrainerSpec spec;
  int threads = 0;  // <= 0: as many as there are cores; the result does not depend on it
};

// OK if every option is within its range; else one sentence that names the
// option, its value, the limit and the remedy.
absl::Status ValidateTrainerSpec(const TrainerSpec& spec);

// `threads`, or the number of cores if it is not positive.
int EffectiveThreads(int threads);

}  // namespace bytepiece
