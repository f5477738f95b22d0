// SPDX-License-Identifier: Apache-2.0
// Random segmentations of a chunk (docs/method/runtime.md, "Sampling").
//
// Perfect sampling: probability exactly proportional to exp(alpha x score).
//   Backward filtering: B[end] = 1, B[s] = sum over pieces w starting at s of
//   exp(alpha s(w)) B[s + |w|]. Then the path is drawn from the start: the next
//   piece is w with probability exp(alpha s(w)) B[s + |w|] / B[s], by the random
//   number that belongs to its position. (Filtering backwards rather than forwards fits a trie,
//   which finds the pieces that start at a position, not those that end there.) 36 rare bytes
//   underflow a double; scaled_filter.h tells how B is kept.
// Viterbi sampling: the max recursion in which a candidate replaces the current
//   one with probability sigmoid(alpha x (new - old)), its score being stored.
//   Not exact: three equally good segmentations met one after another get 1/4,
//   1/4, 1/2.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/random.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/sampling/sampling_weights.h"
#include "bytepiece/sampling/scaled_filter.h"
#include "bytepiece/segmentation/viterbi.h"

namespace bytepiece {

// Appends a segmentation of `chunk` to each of `ids`, as id_offset + value: to
// ids[i] one drawn with randoms[i], equally many. The chunk is filtered once for
// all of them, and each stream gives what it would alone. The weights are those
// of model.scores. Memory: a few MB whatever the chunk.
void AppendPerfectSamples(const UnigramView& model, const SamplingWeights& weights,
                          std::string_view chunk, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids);

enum class SamplingKernel { kPortable, kAvx512 };

// The fastest that this processor has. All give the same samples.
SamplingKernel BestSamplingKernel();

// The same for each chunk of `text` (splitter.h) in turn, faster by a scanner that is
// not empty, of the same pieces, from which the sets of the weights were made.
void AppendPerfectSamples(const PieceScanner& scanner, const SamplingWeights& weights,
                          std::string_view text, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids,
                          SamplingKernel kernel = BestSamplingKernel());

// One of them.
void AppendPerfectSample(const UnigramView& model, const SamplingWeights& weights,
                         std::string_view chunk, TokenId id_offset, RandomStream* random,
                         SamplerScratch* scratch, std::vector<TokenId>* ids);

// Likewise; alpha >= 0. Memory as for Segment.
void AppendViterbiSample(const UnigramView& model, double alpha, std::string_view chunk,
                         TokenId id_offset, RandomStream* random, ViterbiScratch* scratch,
                         std::vector<TokenId>* ids);

}  // namespace bytepiece
