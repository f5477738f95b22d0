// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/chunk_sampler.h"

#include <algorithm>
#include <string>
#include <vector>

#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/sampling/nbest_sampler.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using Ids = std::vector<TokenId>;

std::vector<RandomStream> Streams() { return {{7, 1, 0}, {7, 1, 1}, {7, 1, 2}}; }

// What the sampler gives for a chunk.
std::vector<Ids> Draw(const ChunkSampler& sampler, std::string_view chunk) {
  std::vector<RandomStream> randoms = Streams();
  std::vector<Ids> samples(randoms.size());
  ViterbiScratch viterbi;
  SamplerScratch scratch;
  REQUIRE(
      sampler.Append(chunk, absl::MakeSpan(randoms), &viterbi, &scratch, absl::MakeSpan(samples))
          .ok());
  return samples;
}

TEST_CASE("each method draws as its own function does, from its own streams") {
  const auto vocabulary = Vocabulary::Create(MakeMixedModel());
  REQUIRE(vocabulary.ok());
  const UnigramView unigram = vocabulary->segmenter().unigram();
  const double alpha = 0.3;
  const WeightRows sets(vocabulary->segmenter().scanner());
  const SamplingWeights weights(unigram.scores, alpha, &sets);
  RandomText random(5);
  std::string text = random.ValidUtf8(2 * kScannedChunk);
  std::replace(text.begin(), text.end(), '\n', ' ');
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{300}, kScannedChunk - 1, kScannedChunk, kScannedChunk + 5000}) {
    CAPTURE(size);
    const std::string_view chunk = std::string_view(text).substr(0, size);
    std::vector<RandomStream> randoms = Streams();
    std::vector<Ids> expected(randoms.size());
    SamplerScratch scratch;
    ViterbiScratch viterbi;
    ChunkSampler sampler = {vocabulary->segmenter(), SamplingMethod::kPerfect, alpha, 8, &weights};
    for (std::size_t i = 0; i < randoms.size(); ++i) {
      AppendPerfectSample(unigram, weights, chunk, kFirstPieceId, &randoms[i], &scratch,
                          &expected[i]);
    }
    CHECK(Draw(sampler, chunk) == expected);

    sampler.method = SamplingMethod::kViterbi;
    randoms = Streams();
    expected.assign(randoms.size(), {});
    for (std::size_t i = 0; i < randoms.size(); ++i) {
      AppendViterbiSample(unigram, alpha, chunk, kFirstPieceId, &randoms[i], &viterbi,
                          &expected[i]);
    }
    CHECK(Draw(sampler, chunk) == expected);

    sampler.method = SamplingMethod::kNBest;
    const NBestSampler nbest(unigram, chunk, 8, alpha);
    randoms = Streams();
    expected.assign(randoms.size(), {});
    for (std::size_t i = 0; i < randoms.size(); ++i) {
      nbest.AppendSample(kFirstPieceId, &randoms[i], &expected[i]);
    }
    CHECK(Draw(sampler, chunk) == expected);
  }
}

TEST_CASE("a text is drawn chunk by chunk") {
  const auto vocabulary = Vocabulary::Create(MakeMixedModel());
  REQUIRE(vocabulary.ok());
  const WeightRows sets(vocabulary->segmenter().scanner());
  const SamplingWeights weights(vocabulary->segmenter().unigram().scores, 0.3, &sets);
  RandomText texts(6);
  const std::string text = texts.ValidUtf8(3000);
  for (const SamplingMethod method :
       {SamplingMethod::kPerfect, SamplingMethod::kViterbi, SamplingMethod::kNBest}) {
    const ChunkSampler sampler = {vocabulary->segmenter(), method, 0.3, 8, &weights};
    std::vector<RandomStream> randoms = Streams();
    std::vector<Ids> expected(randoms.size());
    ViterbiScratch viterbi;
    SamplerScratch scratch;
    int chunks = 0;
    for (std::string_view rest = text; !rest.empty(); ++chunks) {
      const std::size_t size = NextChunk(rest);
      REQUIRE(sampler
                  .Append(rest.substr(0, size), absl::MakeSpan(randoms), &viterbi, &scratch,
                          absl::MakeSpan(expected))
                  .ok());
      rest.remove_prefix(size);
    }
    CHECK(chunks > 5);
    CHECK(Draw(sampler, text) == expected);
  }
}

TEST_CASE("a chunk too long for n-best sampling is refused, with its length") {
  const auto vocabulary = Vocabulary::Create(MakeMixedModel());
  REQUIRE(vocabulary.ok());
  const ChunkSampler sampler = {vocabulary->segmenter(), SamplingMethod::kNBest, 1, 4, nullptr};
  std::vector<RandomStream> randoms = Streams();
  std::vector<Ids> samples(randoms.size());
  ViterbiScratch viterbi;
  SamplerScratch scratch;
  const absl::Status status =
      sampler.Append(std::string(kMaxNBestChunk + 1, 'a'), absl::MakeSpan(randoms), &viterbi,
                     &scratch, absl::MakeSpan(samples));
  CHECK_THAT(std::string(status.message()), Contains("16777217 bytes is too long"));
}

}  // namespace
}  // namespace bytepiece
