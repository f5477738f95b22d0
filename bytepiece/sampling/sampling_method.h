// SPDX-License-Identifier: Apache-2.0
// How a segmentation is drawn.
#pragma once

namespace bytepiece::inline v0 {

// kPerfect draws from the exact distribution (perfect_sampler.h), kViterbi as the reference does
// (chunk_sampler.h), kNBest among the best (nbest_sampler.h).
enum class SamplingMethod { kPerfect, kViterbi, kNBest };

}  // namespace bytepiece::inline v0
