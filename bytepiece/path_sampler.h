// SPDX-License-Identifier: Apache-2.0
// Random segmentations of a chunk (spec 2-runtime.md, "Sampling").
//
// Perfect sampling: probability exactly proportional to exp(alpha x score).
//   Backward filtering: B[end] = 1, B[s] = sum over pieces w starting at s of
//   exp(alpha s(w)) B[s + |w|]. Then the path is drawn from the start: the next
//   piece is w with probability exp(alpha s(w)) B[s + |w|] / B[s], one random
//   number a piece. (Filtering backwards rather than forwards fits a trie, which
//   finds the pieces that start at a position, not those that end there.)
//   36 rare bytes underflow a double, so B has a mantissa and an exponent.
// Viterbi sampling: the max recursion in which a candidate replaces the current
//   one with probability sigmoid(alpha x (new - old)), its score being stored.
//   Not exact: three equally good segmentations met one after another get 1/4,
//   1/4, 1/2.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/random.h"
#include "bytepiece/types.h"
#include "bytepiece/viterbi.h"

namespace bytepiece {

enum class SamplingMethod { kPerfect, kViterbi };

// Above this, sampling is segmenting: score differences of 1e-9 have long since
// decided, and exponents would leave 64 bits.
inline constexpr double kAlphaIsInfinite = 1e12;

// A non-negative real number, mantissa x 2^exponent: 0, or mantissa in [0.5, 1).
struct ScaledWeight {
  double mantissa = 0;
  std::int64_t exponent = 0;
};

// exp(alpha x score) of each value of a model: prepared once, used while alpha
// stays. 0 <= alpha <= kAlphaIsInfinite.
class SamplingWeights {
 public:
  SamplingWeights() = default;
  SamplingWeights(absl::Span<const double> scores, double alpha);

  double alpha() const { return alpha_; }
  const ScaledWeight& operator[](std::int32_t value) const { return weights_[value]; }

 private:
  double alpha_ = 0;
  std::vector<ScaledWeight> weights_;
};

// Scratch memory, reused from call to call. One per thread. Long chunks are
// filtered in blocks, so it stays below a few MB whatever the chunk.
struct SamplerScratch {
  struct Candidate {
    std::int32_t value;
    std::size_t length;
    ScaledWeight weight;
  };
  std::vector<Candidate> candidates;      // the pieces that start at one position
  std::vector<ScaledWeight> totals;       // B over one block and a piece beyond
  std::vector<ScaledWeight> checkpoints;  // B just behind each block
};

// Appends one segmentation of `chunk` to *ids as id_offset + value. The weights
// are those of model.scores.
void AppendPerfectSample(const UnigramView& model, const SamplingWeights& weights,
                         std::string_view chunk, TokenId id_offset, RandomStream* random,
                         SamplerScratch* scratch, std::vector<TokenId>* ids);

// Likewise; alpha >= 0. Memory as for Segment.
void AppendViterbiSample(const UnigramView& model, double alpha, std::string_view chunk,
                         TokenId id_offset, RandomStream* random, ViterbiScratch* scratch,
                         std::vector<TokenId>* ids);

}  // namespace bytepiece
