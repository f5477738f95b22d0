// SPDX-License-Identifier: Apache-2.0
// Random segmentations of a chunk (spec 2-runtime.md, "Sampling").
//
// Perfect sampling: probability exactly proportional to exp(alpha x score).
// Viterbi sampling: the max recursion with acceptance probability
// sigmoid(alpha x (new - old)); cheaper, not exact (three equally good
// segmentations met one after another get 1/4, 1/4, 1/2).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bytepiece/random.h"
#include "bytepiece/types.h"
#include "bytepiece/viterbi.h"

namespace bytepiece {

enum class SamplingMethod { kPerfect, kViterbi };

// Scratch memory, reused from call to call. One per thread.
struct SamplerScratch {
  std::vector<double> weights;             // by end position
  std::vector<std::uint16_t> last_length;  // by end - 1
};

// Appends one segmentation of `chunk` to *ids as id_offset + value. alpha >= 0:
// 0 is uniform over all segmentations (perfect sampling), infinity is Segment.
void AppendSample(const UnigramView& model, std::string_view chunk, SamplingMethod method,
                  double alpha, TokenId id_offset, RandomStream* random, SamplerScratch* scratch,
                  std::vector<TokenId>* ids);

}  // namespace bytepiece
