// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/sampling_kernel_avx512.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/sampling/perfect_sampler.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using Ids = std::vector<TokenId>;

// Pieces of 1 to 20 bytes over a few letters, so that many begin at each position.
Model CrowdedModel(std::uint64_t seed) {
  RandomText random(seed);
  std::map<std::string, std::int64_t> counts;
  for (int i = 0; i < 300; ++i) {
    counts[random.Over("abc", 2 + random.Below(i % 5 == 0 ? 19 : 4))] +=
        static_cast<std::int64_t>(1 + random.Below(100000));
  }
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return MakeModel(std::move(pieces));
}

// Chunk by chunk through the trie.
Ids DrawByTrie(const Vocabulary& vocabulary, double alpha, std::string_view text) {
  const SamplingWeights weights(vocabulary.segmenter().unigram().scores, alpha);
  SamplerScratch scratch;
  RandomStream random(3, 1, 4);
  Ids ids;
  while (!text.empty()) {
    const std::size_t size = NextChunk(text);
    AppendPerfectSample(vocabulary.segmenter().unigram(), weights, text.substr(0, size),
                        kFirstPieceId, &random, &scratch, &ids);
    text.remove_prefix(size);
  }
  return ids;
}

// In blocks, by whichever kernel.
Ids DrawByBlocks(const Vocabulary& vocabulary, double alpha, std::string_view text, bool vector) {
  const WeightRows sets(vocabulary.segmenter().scanner());
  const SamplingWeights weights(vocabulary.segmenter().unigram().scores, alpha, &sets);
  SamplerScratch scratch;
  RandomStream random(3, 1, 4);
  Ids ids;
  AppendPerfectSamples(vocabulary.segmenter().scanner(), weights, text, kFirstPieceId,
                       absl::MakeSpan(&random, 1), &scratch, absl::MakeSpan(&ids, 1),
                       vector ? SamplingKernel::kAvx512 : SamplingKernel::kPortable);
  return ids;
}

TEST_CASE("the vector kernel draws what the plain ones draw, to the bit") {
  if (!HasAvx512()) WARN("no AVX-512 here: the plain kernel against itself");
  const double alpha = GENERATE(0.0, 0.2, 1.0, 5.0, 100.0, 1e6);
  RandomText texts(77);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto vocabulary = Vocabulary::Create(CrowdedModel(seed));
    REQUIRE(vocabulary.ok());
    REQUIRE_FALSE(vocabulary->segmenter().scanner().empty());
    for (const std::size_t size : {1, 5, 8, 40, 1000, 40000}) {
      CAPTURE(alpha, seed, size);
      const std::string text = texts.Over(size % 5 == 0 ? "abc\n" : "abcd", size);
      const Ids expected = DrawByTrie(*vocabulary, alpha, text);
      REQUIRE(DrawByBlocks(*vocabulary, alpha, text, false) == expected);
      REQUIRE(DrawByBlocks(*vocabulary, alpha, text, HasAvx512()) == expected);
    }
  }
}

TEST_CASE("so it does for text of many scripts and for random bytes") {
  const auto vocabulary = Vocabulary::Create(MakeMixedModel());
  REQUIRE(vocabulary.ok());
  RandomText texts(78);
  for (const double alpha : {0.1, 1.0, 20.0}) {
    for (const std::string& text : {texts.MutatedUtf8(60000), texts.Bytes(30000)}) {
      const Ids expected = DrawByTrie(*vocabulary, alpha, text);
      REQUIRE(DrawByBlocks(*vocabulary, alpha, text, HasAvx512()) == expected);
    }
  }
}

}  // namespace
}  // namespace bytepiece
