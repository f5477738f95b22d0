// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/batch.h"

#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/text/splitter.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& documents) {
  return {documents.begin(), documents.end()};
}

std::vector<TokenId> Row(const TokenBatch& batch, std::size_t row) {
  return {batch.ids_of(row).begin(), batch.ids_of(row).end()};
}

std::vector<std::string> MakeDocuments() {
  std::vector<std::string> documents = AwkwardDocuments();
  RandomText random(33);
  for (int i = 0; i < 200; ++i) documents.push_back(random.MutatedUtf8(random.Below(300)));
  // Longer than what one thread takes at once, with and without places to cut.
  documents.push_back(random.MutatedUtf8(3 << 20));
  documents.push_back(std::string(std::size_t{5} << 20, 'a'));
  documents.emplace_back();
  return documents;
}

TEST_CASE("a batch has each document's own ids, in order, for any number of threads") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  const EncodeOptions options = {.add_bos = true, .add_eos = true};
  for (const int threads : {1, 2, 7}) {
    CAPTURE(threads);
    const auto batch = EncodeBatch(tokenizer, ViewsOf(documents), options, threads);
    REQUIRE(batch.ok());
    REQUIRE(batch->size() == documents.size());
    CHECK(batch->offsets.front() == 0);
    CHECK(batch->offsets.back() == static_cast<std::int64_t>(batch->ids.size()));
    CHECK(batch->spans.empty());
    for (std::size_t i = 0; i < documents.size(); ++i) {
      REQUIRE(Row(*batch, i) == tokenizer.Encode(documents[i], options).value());
    }
  }
  CHECK(EncodeBatch(tokenizer, {}, {}, 2)->size() == 0);
  CHECK(EncodeBatch(tokenizer, {""}, {}, 0)->size() == 1);
}

TEST_CASE("offsets of a batch are those of each document") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  BatchEncoder encoder(tokenizer, 3);
  TokenBatch batch;
  REQUIRE(encoder.EncodeWithOffsets(ViewsOf(documents), {}, &batch).ok());
  Worker worker = tokenizer.NewWorker();
  for (std::size_t i = 0; i < documents.size(); ++i) {
    std::vector<TokenId> ids;
    std::vector<ByteSpan> spans;
    REQUIRE(worker.EncodeWithOffsets(documents[i], {}, &ids, &spans).ok());
    REQUIRE(Row(batch, i) == ids);
    REQUIRE(batch.spans_of(i) == absl::MakeConstSpan(spans));
  }
}

TEST_CASE("the rows of a document's parts are those of the whole, with its offsets") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  std::string document;
  std::vector<TextPart> parts;
  for (int i = 0; i < 5000; ++i) {
    document += "line " + std::to_string(i) + std::string(i % 3, '\n') + " e\u0301 世界\n";
  }
  document += "ends";
  std::vector<std::string_view> slices;
  AppendSafeSlices(document, 1000, &slices);
  for (const std::string_view slice : slices) {
    parts.push_back({slice, slice.data() - document.data(), slice.begin() == document.data(),
                     slice.end() == document.data() + document.size()});
  }
  REQUIRE(parts.size() > 100);
  const EncodeOptions options = {.add_bos = true, .add_eos = true};
  BatchEncoder encoder(tokenizer, 3);
  TokenBatch whole;
  REQUIRE(encoder.EncodeWithOffsets({document}, options, &whole).ok());
  for (const bool with_spans : {false, true}) {
    TokenBatch batch;
    REQUIRE(encoder.EncodeParts(parts, options, with_spans, &batch).ok());
    CHECK(batch.size() == parts.size());
    CHECK((batch.ids == whole.ids));  // too many to be printed
    CHECK((batch.spans == (with_spans ? whole.spans : std::vector<ByteSpan>())));
  }
}

TEST_CASE("counts are the lengths of the rows") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  const EncodeOptions options = {.add_eos = true};
  BatchEncoder encoder(tokenizer, 2);
  TokenBatch batch;
  REQUIRE(encoder.Encode(ViewsOf(documents), options, &batch).ok());
  const auto counts = encoder.CountTokens(ViewsOf(documents), options);
  REQUIRE(counts.ok());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    REQUIRE((*counts)[i] == static_cast<std::int64_t>(batch.ids_of(i).size()));
  }
}

TEST_CASE("samples depend on seed, document and sample, not on threads or batches") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  std::vector<std::string> documents = MakeDocuments();
  documents.resize(documents.size() - 3);  // the long ones take long
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    BatchSampleOptions samples;
    samples.sampling = {.method = method, .seed = 5, .document = 100, .sample = 3};
    samples.alphas = {0.3, 0.3, 0.1};
    const auto batch = SampleBatch(tokenizer, ViewsOf(documents), samples, {}, 1);
    REQUIRE(batch.ok());
    REQUIRE(batch->size() == 3 * documents.size());
    CHECK(SampleBatch(tokenizer, ViewsOf(documents), samples, {}, 7)->ids == batch->ids);
    Worker worker = tokenizer.NewWorker();
    for (std::size_t i = 0; i < documents.size(); ++i) {
      for (std::uint32_t j = 0; j < 3; ++j) {
        SampleOptions one = samples.sampling;
        one.document += i;
        one.sample += j;
        one.alpha = samples.alphas[j];
        std::vector<TokenId> sample;
        REQUIRE(worker.Sample(documents[i], one, {}, &sample).ok());
        REQUIRE(Row(*batch, 3 * i + j) == sample);
      }
    }
    // Numbers of one's own, as shards have them.
    const std::vector<std::uint64_t> numbers = {104, 100};
    BatchSampleOptions shard = samples;
    shard.numbers = numbers;
    const auto two = SampleBatch(tokenizer, {documents[4], documents[0]}, shard, {}, 2);
    CHECK(Row(*two, 0) == Row(*batch, 12));
    CHECK(Row(*two, 5) == Row(*batch, 2));
    CHECK(SampleBatch(tokenizer, {"a"}, shard, {}, 1).status().message() ==
          "2 numbers of documents for 1 documents; give one each, or none");
  }
}

TEST_CASE("the error is the first document's that has one, and leaves no rows") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  std::vector<std::string> documents(100, "fine");
  documents[40] = "here <eos>";
  documents[7] = "a <bos>";
  const EncodeOptions options = {.special_tokens = SpecialTokenPolicy::kForbid};
  for (const int threads : {1, 7}) {
    BatchEncoder encoder(tokenizer, threads);
    TokenBatch batch;
    const absl::Status status = encoder.Encode(ViewsOf(documents), options, &batch);
    REQUIRE_FALSE(status.ok());
    CHECK(std::string(status.message()).find("\"<bos>\" at byte 2") != std::string::npos);
    CHECK(encoder.failed_document() == 7);
    CHECK(batch.size() == 0);
    REQUIRE(encoder.Encode({"fine"}, options, &batch).ok());
    CHECK(Row(batch, 0) == tokenizer.Encode("fine"));
  }
}

}  // namespace
}  // namespace bytepiece
