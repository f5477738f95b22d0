// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/tokenizer.h"

#include <limits>
#include <string>
#include <vector>

#include "bytepiece/model/model_io.h"
#include "bytepiece/sampling/sampling_method.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Ids = std::vector<TokenId>;

// Pieces "ab", "e" + acute and the like, special tokens "<|a|>" and "<|a|><|b|>".
Tokenizer MakeTokenizer(Normalization normalization = Normalization::kNfc) {
  Model model =
      MakeModel({{"ab", 50}, {"\u00E9", 20}, {"b\n\n", 9}, {"\u00E9a", 40}}, normalization);
  model.special_tokens = {{"<|a|>"}, {"<|a|><|b|>"}, {"<reserved_0>", true}};
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

// "ab|c" as pieces, "<..." in angle brackets for other ids.
std::string Shown(const Tokenizer& tokenizer, const Ids& ids) {
  std::string shown;
  for (const TokenId id : ids) {
    if (!shown.empty()) shown += '|';
    tokenizer.AppendDecoded(id, {.control_tokens = true}, &shown);
  }
  return shown;
}

std::string EncodeShown(const Tokenizer& tokenizer, std::string_view text,
                        const EncodeOptions& options) {
  Workspace workspace;
  Ids ids;
  const absl::Status status = tokenizer.Encode(text, options, &workspace, &ids);
  return status.ok() ? Shown(tokenizer, ids) : std::string(status.message());
}

TEST_CASE("chunks end after newline runs") {
  const Tokenizer tokenizer = MakeTokenizer();
  CHECK(EncodeShown(tokenizer, "abab\n\nab", {}) == "ab|a|b\n\n|ab");
  // "b\n\n" would be cheaper, but the run is longer and no piece crosses its end.
  CHECK(EncodeShown(tokenizer, "b\n\nb", {}) == "b\n\n|b");
  CHECK(EncodeShown(tokenizer, "", {}) == "");
}

TEST_CASE("bos and eos are added on demand") {
  const Tokenizer tokenizer = MakeTokenizer();
  CHECK(EncodeShown(tokenizer, "ab", {.add_bos = true, .add_eos = true}) == "<bos>|ab|<eos>");
  CHECK(EncodeShown(tokenizer, "", {.add_eos = true}) == "<eos>");
}

TEST_CASE("text that looks like a special token is text unless the caller says otherwise") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::string text = "ab<|a|><|b|>ab<eos><|a|><reserved_0>";
  for (const TokenId id : tokenizer.Encode(text)) CHECK(tokenizer.vocabulary().IsPiece(id));
  CHECK(EncodeShown(tokenizer, text, {.special_tokens = SpecialTokenPolicy::kAllow}) ==
        "ab|<|a|><|b|>|ab|<eos>|<|a|>|<|r|e|s|e|r|v|e|d|_|0|>");
  const std::string refused =
      EncodeShown(tokenizer, text, {.special_tokens = SpecialTokenPolicy::kForbid});
  CHECK(refused.find("\"<|a|><|b|>\" at byte 2") != std::string::npos);
  CHECK(EncodeShown(tokenizer, "ab<|", {.special_tokens = SpecialTokenPolicy::kForbid}) ==
        "ab|<||");
}

TEST_CASE("a refused text leaves the results as they were") {
  const Tokenizer tokenizer = MakeTokenizer();
  const EncodeOptions options = {.add_bos = true, .special_tokens = SpecialTokenPolicy::kForbid};
  Workspace workspace;
  Ids ids = {7};
  std::vector<ByteSpan> offsets = {{1, 2}};
  CHECK_FALSE(tokenizer.Encode("ab<eos>", options, &workspace, &ids).ok());
  CHECK_FALSE(tokenizer.EncodeWithOffsets("ab<eos>", options, &workspace, &ids, &offsets).ok());
  CHECK_FALSE(tokenizer.Sample("ab<eos>", {}, options, &workspace, &ids).ok());
  CHECK(ids == Ids{7});
  CHECK(offsets == std::vector<ByteSpan>{{1, 2}});
}

TEST_CASE("special tokens are searched before normalisation and split it") {
  const Tokenizer tokenizer = MakeTokenizer();
  const EncodeOptions allow = {.special_tokens = SpecialTokenPolicy::kAllow};
  CHECK(EncodeShown(tokenizer, "e\u0301<|a|>e\u0301", allow) == "\u00E9|<|a|>|\u00E9");
  // A mark behind a special token stays alone.
  CHECK(EncodeShown(tokenizer, "<|a|>\u0301", allow) == "<|a|>|\xCC|\x81");
}

TEST_CASE("normalisation is the model's unless overridden") {
  Model model = MakeModel({{"\u00E9", 20}}, Normalization::kNfc);
  const auto nfc = Tokenizer::Create(model);
  const auto none = Tokenizer::Create(model, Normalization::kNone);
  REQUIRE(nfc.ok());
  REQUIRE(none.ok());
  CHECK(nfc->normalization() == Normalization::kNfc);
  CHECK(none->normalization() == Normalization::kNone);
  CHECK(*nfc->Decode(nfc->Encode("e\u0301")) == "\u00E9");
  CHECK(*none->Decode(none->Encode("e\u0301")) == "e\u0301");
}

TEST_CASE("offsets lead through normalisation and special tokens to the original") {
  const Tokenizer tokenizer = MakeTokenizer();
  Workspace workspace;
  Ids ids;
  std::vector<ByteSpan> offsets;
  const EncodeOptions options = {
      .add_bos = true, .add_eos = true, .special_tokens = SpecialTokenPolicy::kAllow};
  const std::string text = "abe\u0301a<|a|>e\u0301";
  REQUIRE(tokenizer.EncodeWithOffsets(text, options, &workspace, &ids, &offsets).ok());
  CHECK(Shown(tokenizer, ids) == "<bos>|ab|\u00E9a|<|a|>|\u00E9|<eos>");
  CHECK(offsets == std::vector<ByteSpan>{{0, 0}, {0, 2}, {2, 6}, {6, 11}, {11, 14}, {14, 14}});
}

TEST_CASE("of a rewritten character in several tokens the first owns all") {
  const auto tokenizer = Tokenizer::Create(MakeModel({}, Normalization::kNfc));
  REQUIRE(tokenizer.ok());
  Workspace workspace;
  Ids ids;
  std::vector<ByteSpan> offsets;
  REQUIRE(tokenizer->EncodeWithOffsets("xe\u0301y", {}, &workspace, &ids, &offsets).ok());
  CHECK(offsets == std::vector<ByteSpan>{{0, 1}, {1, 4}, {4, 4}, {4, 5}});
}

TEST_CASE("decoding skips or writes tokens that are no text") {
  const Tokenizer tokenizer = MakeTokenizer();
  const TokenId special = tokenizer.special_tokens().Id("<|a|>");
  const TokenId ab = tokenizer.vocabulary().FindPiece("ab");
  const Ids ids = {kBosId, ab, special, kEosId};
  CHECK(*tokenizer.Decode(ids) == "ab<|a|>");
  CHECK(*tokenizer.Decode(ids, {.control_tokens = true}) == "<bos>ab<|a|><eos>");
  CHECK(*tokenizer.Decode(ids, {.special_tokens = false}) == "ab");
  CHECK(*tokenizer.Decode({}) == "");
}

TEST_CASE("an id outside the vocabulary is named with its position") {
  const Tokenizer tokenizer = MakeTokenizer();
  const auto size = static_cast<TokenId>(tokenizer.vocab_size());
  for (const TokenId bad : {-1, size, std::numeric_limits<TokenId>::max()}) {
    const absl::StatusOr<std::string> text = tokenizer.Decode({5, 6, bad});
    REQUIRE_FALSE(text.ok());
    const std::string message(text.status().message());
    CHECK(message.find("id " + std::to_string(bad) + " at position 2") != std::string::npos);
    CHECK(message.find(std::to_string(size)) != std::string::npos);
  }
}

TEST_CASE("sampling takes any alpha from 0 to infinity, and no other") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::string text = "ababe\u0301aab\n\nb";
  Workspace workspace;
  for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
    for (const double alpha : {0.0, 1e-300, 1.0, 1e11, 1e12, 1e300}) {
      CAPTURE(alpha);
      Ids ids;
      REQUIRE(
          tokenizer.Sample(text, {.method = method, .alpha = alpha}, {}, &workspace, &ids).ok());
      CHECK(*tokenizer.Decode(ids) == "abab\u00E9aab\n\nb");
    }
    Ids ids;
    const double infinity = std::numeric_limits<double>::infinity();
    REQUIRE(
        tokenizer.Sample(text, {.method = method, .alpha = infinity}, {}, &workspace, &ids).ok());
    CHECK(ids == tokenizer.Encode(text));
    for (const double alpha : {-1.0, std::numeric_limits<double>::quiet_NaN(), -infinity}) {
      CHECK_FALSE(
          tokenizer.Sample(text, {.method = method, .alpha = alpha}, {}, &workspace, &ids).ok());
    }
  }
}

TEST_CASE("several samples are what Sample gives for each number") {
  const Tokenizer tokenizer = MakeTokenizer();
  const std::string text = "ababe\u0301aab<|a|>\n\nb";
  const EncodeOptions options = {
      .add_bos = true, .add_eos = true, .special_tokens = SpecialTokenPolicy::kAllow};
  Workspace workspace;
  for (const SamplingMethod method :
       {SamplingMethod::kPerfect, SamplingMethod::kViterbi, SamplingMethod::kNBest}) {
    for (const double alpha : {0.0, 0.5, 1e300}) {
      SampleOptions sampling = {
          .method = method, .alpha = alpha, .seed = 5, .document = 6, .sample = 7, .nbest_size = 9};
      std::vector<Ids> samples(20, Ids{42});
      REQUIRE(tokenizer.SampleSeveral(text, sampling, options, &workspace, absl::MakeSpan(samples))
                  .ok());
      for (const Ids& sample : samples) {
        Ids ids = {42};
        REQUIRE(tokenizer.Sample(text, sampling, options, &workspace, &ids).ok());
        CHECK(sample == ids);
        ++sampling.sample;
      }
    }
  }
  std::vector<Ids> untouched = {{1}, {2}};
  CHECK_FALSE(tokenizer
                  .SampleSeveral(text, {}, {.special_tokens = SpecialTokenPolicy::kForbid},
                                 &workspace, absl::MakeSpan(untouched))
                  .ok());
  CHECK(untouched == std::vector<Ids>{{1}, {2}});
  CHECK_FALSE(tokenizer
                  .SampleSeveral(text, {.method = SamplingMethod::kNBest, .nbest_size = 0}, {},
                                 &workspace, absl::MakeSpan(untouched))
                  .ok());
}

TEST_CASE("a workspace serves tokenizers and alphas in turn") {
  // The second tokenizer may stand where the first one stood in memory.
  const SampleOptions sampling = {.alpha = 1, .seed = 4};
  Workspace shared;
  for (int i = 0; i < 20; ++i) {
    Model model = MakeModel({{"ab", i % 2 == 0 ? 1 : 1000000}, {"ba", i % 2 == 0 ? 1000000 : 1}});
    const auto tokenizer = Tokenizer::Create(std::move(model));
    REQUIRE(tokenizer.ok());
    Workspace own;
    Ids with_shared;
    Ids with_own;
    const std::string text = "abababababababababab";
    REQUIRE(tokenizer->Sample(text, sampling, {}, &shared, &with_shared).ok());
    REQUIRE(tokenizer->Sample(text, sampling, {}, &own, &with_own).ok());
    CAPTURE(i);
    REQUIRE(with_shared == with_own);
  }
}

TEST_CASE("a tokenizer is loaded whole or not at all") {
  const TempDir folder;
  const Model model = MakeMixedModel();
  const std::string path = folder.Write("model", SerializeModel(model));
  const auto tokenizer = Tokenizer::Load(path);
  REQUIRE(tokenizer.ok());
  CHECK(tokenizer->model() == model);
  CHECK_FALSE(Tokenizer::Load(folder.File("absent")).ok());
  CHECK_FALSE(Tokenizer::Create(Model{}).ok());
}

}  // namespace
}  // namespace bytepiece
