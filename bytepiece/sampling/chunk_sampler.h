// SPDX-License-Identifier: Apache-2.0
// Draws the segmentations of a text's chunks by whichever method.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "bytepiece/base/random.h"
#include "bytepiece/base/types.h"
#include "bytepiece/sampling/perfect_sampler.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/sampling/sampling_weights.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

struct ChunkSampler {
  // Appends the ids of a segmentation of each chunk of `text`, drawn with randoms[i],
  // to samples[i], equally many. Error for n-best sampling of a chunk beyond
  // kMaxNBestChunk.
  absl::Status Append(std::string_view text, absl::Span<RandomStream> randoms,
                      ViterbiScratch* viterbi, SamplerScratch* scratch,
                      absl::Span<std::vector<TokenId>> samples) const;

  const Segmenter& segmenter;
  SamplingMethod method = SamplingMethod::kPerfect;
  double alpha = 1;
  std::size_t nbest_size = 1;
  const SamplingWeights* weights = nullptr;  // for alpha; perfect sampling needs them

 private:
  absl::Status AppendChunk(std::string_view chunk, absl::Span<RandomStream> randoms,
                           ViterbiScratch* viterbi, SamplerScratch* scratch,
                           absl::Span<std::vector<TokenId>> samples) const;
};

// Where pieces may cross the ends of chunks, so that these cannot be scanned together,
// shorter chunks are filtered by the trie, longer ones by the scanner, which cannot
// hide the latency of memory in short ones. The samples are the same.
inline constexpr std::size_t kScannedChunk = 8192;

}  // namespace bytepiece
