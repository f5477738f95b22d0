// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/chunk_sampler.h"

#include "absl/strings/str_cat.h"
#include "bytepiece/sampling/nbest_sampler.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {

absl::Status ChunkSampler::Append(std::string_view text, absl::Span<RandomStream> randoms,
                                  ViterbiScratch* viterbi, SamplerScratch* scratch,
                                  absl::Span<std::vector<TokenId>> samples) const {
  if (method == SamplingMethod::kPerfect && segmenter.scanner().keeps_to_chunks() &&
      weights->sets() != nullptr) {
    AppendPerfectSamples(segmenter.scanner(), *weights, text, kFirstPieceId, randoms, scratch,
                         samples);
    return absl::OkStatus();
  }
  while (!text.empty()) {
    const std::string_view chunk = text.substr(0, NextChunk(text));
    absl::Status status = AppendChunk(chunk, randoms, viterbi, scratch, samples);
    if (!status.ok()) return status;
    text.remove_prefix(chunk.size());
  }
  return absl::OkStatus();
}

absl::Status ChunkSampler::AppendChunk(std::string_view chunk, absl::Span<RandomStream> randoms,
                                       ViterbiScratch* viterbi, SamplerScratch* scratch,
                                       absl::Span<std::vector<TokenId>> samples) const {
  switch (method) {
    case SamplingMethod::kPerfect:
      if (weights->sets() != nullptr && chunk.size() >= kScannedChunk) {
        AppendPerfectSamples(segmenter.scanner(), *weights, chunk, kFirstPieceId, randoms, scratch,
                             samples);
      } else {
        AppendPerfectSamples(segmenter.unigram(), *weights, chunk, kFirstPieceId, randoms, scratch,
                             samples);
      }
      break;
    case SamplingMethod::kViterbi:
      for (std::size_t i = 0; i < samples.size(); ++i) {
        AppendViterbiSample(segmenter.unigram(), alpha, chunk, kFirstPieceId, &randoms[i], viterbi,
                            &samples[i]);
      }
      break;
    case SamplingMethod::kNBest:
      if (chunk.size() > kMaxNBestChunk) {
        return absl::InvalidArgumentError(
            absl::StrCat("a line of ", chunk.size(), " bytes is too long for n-best sampling (",
                         kMaxNBestChunk, " at most); use perfect sampling"));
      }
      const NBestSampler nbest(segmenter.unigram(), chunk, nbest_size, alpha);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        nbest.AppendSample(kFirstPieceId, &randoms[i], &samples[i]);
      }
      break;
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
