// SPDX-License-Identifier: Apache-2.0
// N-best sampling, as SentencePiece defines it (Kudo, "Subword Regularization",
// 2018): one of the n best segmentations of a chunk, drawn with probability
// proportional to exp(alpha x score) among them.
//
// For comparison. A segmentation that is not among the n best is never drawn, and their share of
// all the probability falls exponentially with the chunk's length; finding them
// takes a lattice (lattice.h) and time linear in n. Perfect sampling
// (perfect_sampler.h) has neither fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bytepiece/base/random.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/viterbi.h"

namespace bytepiece {

// Longer chunks need too much memory, some 300 bytes a byte.
inline constexpr std::size_t kMaxNBestChunk = std::size_t{16} << 20;

// The n best of one chunk, found once, drawn from as often as one likes.
class NBestSampler {
 public:
  // n > 0; alpha >= 0; chunk.size() <= kMaxNBestChunk. Keeps no reference to the
  // arguments.
  NBestSampler(const UnigramView& model, std::string_view chunk, std::size_t n, double alpha);

  // Appends one of them to *ids as id_offset + value. One random number.
  void AppendSample(TokenId id_offset, RandomStream* random, std::vector<TokenId>* ids) const;

 private:
  std::vector<std::vector<std::int32_t>> paths_;
  std::vector<double> cumulative_;  // weights of the paths up to each
};

}  // namespace bytepiece
