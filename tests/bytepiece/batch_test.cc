// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/batch.h"

#include <string>
#include <vector>

#include "bytepiece/sampling/sampling_method.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

Tokenizer MakeTokenizer() {
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(MakeMixedModel());
  REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

std::vector<std::string> MakeDocuments() {
  std::vector<std::string> documents = AwkwardDocuments();
  RandomText random(33);
  for (int i = 0; i < 200; ++i) documents.push_back(random.MutatedUtf8(random.Below(300)));
  return documents;
}

TEST_CASE("a batch gives each document's own ids, in order, for any number of threads") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  std::vector<std::vector<TokenId>> expected;
  for (const std::string& document : documents) expected.push_back(tokenizer.Encode(document));
  for (const int threads : {0, 1, 2, 7}) {
    CAPTURE(threads);
    const auto ids = EncodeBatch(tokenizer, documents, EncodeOptions{}, threads);
    REQUIRE(ids.ok());
    CHECK(*ids == expected);
  }
  CHECK(EncodeBatch(tokenizer, {}, EncodeOptions{}, 2)->empty());
}

TEST_CASE("samples depend on seed, document and sample, not on threads or batches") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    SampleOptions sampling = {.method = method, .alpha = 0.3, .seed = 5, .document = 100};
    const auto ids = SampleBatch(tokenizer, documents, sampling, EncodeOptions{}, 1);
    REQUIRE(ids.ok());
    for (const int threads : {2, 7}) {
      CHECK(*SampleBatch(tokenizer, documents, sampling, EncodeOptions{}, threads) == *ids);
    }
    Worker worker = tokenizer.NewWorker();
    for (std::size_t i = 0; i < documents.size(); ++i) {
      SampleOptions one = sampling;
      one.document += i;
      std::vector<TokenId> sample;
      REQUIRE(worker.Sample(documents[i], one, EncodeOptions{}, &sample).ok());
      REQUIRE(sample == (*ids)[i]);
    }
    sampling.sample = 1;
    CHECK(*SampleBatch(tokenizer, documents, sampling, EncodeOptions{}, 2) != *ids);
  }
}

TEST_CASE("the error is the first document's that has one") {
  const Tokenizer tokenizer = MakeTokenizer();
  std::vector<std::string> documents(100, "fine");
  documents[40] = "here <eos>";
  documents[7] = "a <bos>";
  const EncodeOptions options = {.special_tokens = SpecialTokenPolicy::kForbid};
  for (const int threads : {1, 7}) {
    const auto ids = EncodeBatch(tokenizer, documents, options, threads);
    REQUIRE_FALSE(ids.ok());
    CHECK(std::string(ids.status().message()).find("\"<bos>\" at byte 2") != std::string::npos);
  }
}

}  // namespace
}  // namespace bytepiece
