// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/worker.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bytepiece/base/character_counter.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

using Ids = std::vector<TokenId>;

// "ab|c" as pieces, "<..." in angle brackets for other ids.
std::string Shown(const Tokenizer& tokenizer, const Ids& ids) {
  std::string shown;
  for (const TokenId id : ids) {
    if (!shown.empty()) shown += '|';
    tokenizer.AppendDecoded(id, {.control_tokens = true}, &shown);
  }
  return shown;
}

TEST_CASE("a refused text leaves the results as they were") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const EncodeOptions options = {.add_bos = true, .special_tokens = SpecialTokenPolicy::kForbid};
  Worker worker = tokenizer.NewWorker();
  Ids ids = {7};
  std::vector<ByteSpan> offsets = {{1, 2}};
  CHECK_FALSE(worker.Encode("ab<eos>", options, &ids).ok());
  CHECK_FALSE(worker.EncodeWithOffsets("ab<eos>", options, &ids, &offsets).ok());
  CHECK_FALSE(worker.Sample("ab<eos>", {}, options, &ids).ok());
  CHECK(ids == Ids{7});
  CHECK(offsets == std::vector<ByteSpan>{{1, 2}});
}

TEST_CASE("offsets lead through normalisation and special tokens to the original") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  Worker worker = tokenizer.NewWorker();
  Ids ids;
  std::vector<ByteSpan> offsets;
  const EncodeOptions options = {
      .add_bos = true, .add_eos = true, .special_tokens = SpecialTokenPolicy::kAllow};
  const std::string text = "abe\u0301a<|a|>e\u0301";
  REQUIRE(worker.EncodeWithOffsets(text, options, &ids, &offsets).ok());
  CHECK(Shown(tokenizer, ids) == "<bos>|ab|\u00E9a|<|a|>|\u00E9|<eos>");
  CHECK(offsets == std::vector<ByteSpan>{{0, 0}, {0, 2}, {2, 6}, {6, 11}, {11, 14}, {14, 14}});
}

TEST_CASE("offsets in code points: the token with a character's first byte owns it") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  Worker worker = tokenizer.NewWorker();
  EncodeOptions options = {
      .add_bos = true, .add_eos = true, .special_tokens = SpecialTokenPolicy::kAllow};
  // An NFC pair, three bytes of a character, invalid bytes.
  for (const std::string text : {"abe\u0301a<|a|>\u4E16ab", "\xFF\x80\u4E16\xE4\xB8", ""}) {
    Ids ids;
    Ids same_ids;
    std::vector<ByteSpan> bytes;
    std::vector<ByteSpan> points;
    options.offset_unit = OffsetUnit::kBytes;
    REQUIRE(worker.EncodeWithOffsets(text, options, &ids, &bytes).ok());
    options.offset_unit = OffsetUnit::kCodePoints;
    REQUIRE(worker.EncodeWithOffsets(text, options, &same_ids, &points).ok());
    REQUIRE(ids == same_ids);
    REQUIRE(points.size() == bytes.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      CAPTURE(text, i);
      CHECK(points[i].begin == CharacterCounter(text).Before(bytes[i].begin));
      CHECK(points[i].end == CharacterCounter(text).Before(bytes[i].end));
    }
  }
  Ids ids;
  std::vector<ByteSpan> points;
  REQUIRE(
      worker
          .EncodeWithOffsets("ab\u4E16ab", {.offset_unit = OffsetUnit::kCodePoints}, &ids, &points)
          .ok());
  CHECK(points == std::vector<ByteSpan>{{0, 2}, {2, 3}, {3, 3}, {3, 3}, {3, 5}});
}

TEST_CASE("of a rewritten character in several tokens the first owns all") {
  const auto tokenizer = Tokenizer::Create(MakeModel({}, Normalization::kNfc));
  REQUIRE(tokenizer.ok());
  Worker worker = tokenizer->NewWorker();
  Ids ids;
  std::vector<ByteSpan> offsets;
  REQUIRE(worker.EncodeWithOffsets("xe\u0301y", {}, &ids, &offsets).ok());
  CHECK(offsets == std::vector<ByteSpan>{{0, 1}, {1, 4}, {4, 4}, {4, 5}});
}

TEST_CASE("sampling takes any alpha from 0 to infinity, and no other") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const std::string text = "ababe\u0301aab\n\nb";
  Worker worker = tokenizer.NewWorker();
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    for (const double alpha : {0.0, 1e-300, 1.0, 1e11, 1e12, 1e300}) {
      CAPTURE(alpha);
      Ids ids;
      REQUIRE(worker.Sample(text, {.method = method, .alpha = alpha}, {}, &ids).ok());
      CHECK(*tokenizer.Decode(ids) == "abab\u00E9aab\n\nb");
    }
    Ids ids;
    const double infinity = std::numeric_limits<double>::infinity();
    REQUIRE(worker.Sample(text, {.method = method, .alpha = infinity}, {}, &ids).ok());
    CHECK(ids == tokenizer.Encode(text));
    for (const double alpha : {-1.0, std::numeric_limits<double>::quiet_NaN(), -infinity}) {
      CHECK_FALSE(worker.Sample(text, {.method = method, .alpha = alpha}, {}, &ids).ok());
    }
  }
}

TEST_CASE("several samples are what Sample gives for each number") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const std::string text = "ababe\u0301aab<|a|>\n\nb";
  const EncodeOptions options = {
      .add_bos = true, .add_eos = true, .special_tokens = SpecialTokenPolicy::kAllow};
  Worker worker = tokenizer.NewWorker();
  for (const SamplingMethod method :
       {SamplingMethod::kPerfect, SamplingMethod::kViterbi, SamplingMethod::kNBest}) {
    for (const double alpha : {0.0, 0.5, 1e300}) {
      SampleOptions sampling = {
          .method = method, .alpha = alpha, .seed = 5, .document = 6, .sample = 7, .nbest_size = 9};
      std::vector<Ids> samples(20, Ids{42});
      REQUIRE(worker.SampleSeveral(text, sampling, options, absl::MakeSpan(samples)).ok());
      for (const Ids& sample : samples) {
        Ids ids = {42};
        REQUIRE(worker.Sample(text, sampling, options, &ids).ok());
        CHECK(sample == ids);
        ++sampling.sample;
      }
    }
  }
  std::vector<Ids> untouched = {{1}, {2}};
  CHECK_FALSE(worker
                  .SampleSeveral(text, {}, {.special_tokens = SpecialTokenPolicy::kForbid},
                                 absl::MakeSpan(untouched))
                  .ok());
  CHECK(untouched == std::vector<Ids>{{1}, {2}});
  CHECK_FALSE(worker
                  .SampleSeveral(text, {.method = SamplingMethod::kNBest, .nbest_size = 0}, {},
                                 absl::MakeSpan(untouched))
                  .ok());
}

TEST_CASE("a worker outlives its tokenizer, and serves alphas in turn") {
  std::optional<Tokenizer> tokenizer = MakeSpecialTokenizer();
  const Tokenizer copy = *tokenizer;
  Worker worker = tokenizer->NewWorker();
  tokenizer.reset();
  for (int i = 0; i < 40; ++i) {  // more than are kept
    const SampleOptions sampling = {.alpha = 0.1 * (i % 20), .seed = 4};
    Ids ids;
    Ids expected;
    REQUIRE(worker.Sample("abababababababababab", sampling, {}, &ids).ok());
    REQUIRE(copy.NewWorker().Sample("abababababababababab", sampling, {}, &expected).ok());
    REQUIRE(ids == expected);
  }
}

}  // namespace
}  // namespace bytepiece
