// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/encoding/prefix_encoder.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "tests/bytepiece/special_token_ways.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

Tokenizer MakeTokenizer(Normalization normalization) {
  Model model = MakeMixedModel(normalization);
  model.special_tokens = {{"<|end|>"}, {"<|end|>!"}, {"ab"}};
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

// Compares the first n ids for each n of `sizes` with those of the whole text.
void CheckPrefixes(const Tokenizer& tokenizer, const std::string& text,
                   const EncodeOptions& options, const std::vector<std::size_t>& sizes) {
  CAPTURE(text.substr(0, 200), text.size());
  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> all;
  std::vector<ByteSpan> offsets;
  REQUIRE(worker.EncodeWithOffsets(text, options, &all, &offsets).ok());
  for (const std::size_t n : sizes) {
    CAPTURE(n, all.size());
    std::vector<TokenId> ids = {-5};
    const absl::StatusOr<std::int64_t> consumed =
        worker.EncodeUpTo(static_cast<std::int64_t>(n), text, options, &ids);
    REQUIRE(consumed.ok());
    const std::size_t expected = std::min(n, all.size());
    REQUIRE(ids.size() == 1 + expected);
    REQUIRE(std::equal(ids.begin() + 1, ids.end(), all.begin()));
    REQUIRE(*consumed == (expected == 0 ? 0 : offsets[expected - 1].end));
  }
}

TEST_CASE("the first n ids and where they end are those of the whole text") {
  const std::uint64_t seed = 9;
  CAPTURE(seed);
  RandomText random(seed);
  std::vector<std::string> texts = AwkwardDocuments();
  for (int i = 0; i < 60; ++i) {
    texts.push_back(random.Bytes(random.Below(60)));
    texts.push_back(random.Over("ab<|end>!\n", random.Below(60)));
    texts.push_back(random.Over("e\xCC\x81\xFF\n", random.Below(60)));
    texts.push_back(random.MutatedUtf8(1 + random.Below(100)));
    texts.push_back("<|end|>!" + random.ValidUtf8(20) + "<|end|>e\xCC\x81<|en");
  }
  for (const Normalization normalization : {Normalization::kNfc, Normalization::kNone}) {
    const Tokenizer tokenizer = MakeTokenizer(normalization);
    for (const EncodeOptions& options : SpecialTokenWays(tokenizer, "<|end|>")) {
      for (const std::string& text : texts) {
        CheckPrefixes(tokenizer, text, options, {0, 1, 2, 3, 5, 8, 13, 21, 34, text.size() + 2});
      }
    }
  }
}

TEST_CASE("long texts, over the edges of blocks and windows") {
  RandomText random(10);
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  std::string marks = "e";
  for (int i = 0; i < 10000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0316";
  const std::string text = random.ValidUtf8(20000) + marks + random.MutatedUtf8(120000) +
                           "<|end|>" + random.MutatedUtf8(150000);
  for (const SpecialTokenPolicy policy :
       {SpecialTokenPolicy::kPlainText, SpecialTokenPolicy::kAllow}) {
    CheckPrefixes(tokenizer, text, {.special_tokens = policy},
                  {1, 100, 3000, 7000, 7010, 8000, 14000, 20000, 40000, 80000, text.size()});
  }
}

TEST_CASE("what follows is not looked at: here, it cannot be") {
  constexpr std::size_t kReadable = std::size_t{1} << 20;
  constexpr std::size_t kSize = std::size_t{1} << 30;
  void* const memory =
      mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  REQUIRE(mprotect(memory, kReadable, PROT_READ | PROT_WRITE) == 0);
  RandomText random(11);
  std::string start = random.ValidUtf8(kReadable);
  start.resize(kReadable);
  std::replace(start.begin(), start.end(), '\n', ' ');
  std::memcpy(memory, start.data(), kReadable);
  const std::string_view text(static_cast<const char*>(memory), kSize);
  for (const Normalization normalization : {Normalization::kNfc, Normalization::kNone}) {
    const Tokenizer tokenizer = MakeTokenizer(normalization);
    Worker worker = tokenizer.NewWorker();
    for (const SpecialTokenPolicy policy :
         {SpecialTokenPolicy::kPlainText, SpecialTokenPolicy::kAllow}) {
      std::vector<TokenId> ids;
      const absl::StatusOr<std::int64_t> consumed =
          worker.EncodeUpTo(1000, text, {.special_tokens = policy}, &ids);
      REQUIRE(consumed.ok());
      CHECK(ids.size() == 1000);
      CHECK(*consumed > 0);
    }
  }
  REQUIRE(munmap(memory, kSize) == 0);
}

TEST_CASE("a forbidden token is an error wherever it stands") {
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> ids;
  const absl::StatusOr<std::int64_t> consumed =
      worker.EncodeUpTo(1, "x <|end|>", {.special_tokens = SpecialTokenPolicy::kForbid}, &ids);
  REQUIRE_FALSE(consumed.ok());
  CHECK_THAT(std::string(consumed.status().message()), Contains("\"<|end|>\" at byte 2"));
  CHECK(ids.empty());
}

TEST_CASE("counted tokens are as many as encoded ones") {
  RandomText random(12);
  const Tokenizer tokenizer = MakeTokenizer(Normalization::kNfc);
  Worker worker = tokenizer.NewWorker();
  for (int i = 0; i < 200; ++i) {
    const std::string text = random.MutatedUtf8(200) + random.Over("ab\n", 20);
    CAPTURE(text);
    for (const bool more : {false, true}) {
      const EncodeOptions options = {
          .add_bos = more,
          .add_eos = more,
          .special_tokens = more ? SpecialTokenPolicy::kAllow : SpecialTokenPolicy::kPlainText};
      std::vector<TokenId> ids;
      REQUIRE(worker.Encode(text, options, &ids).ok());
      REQUIRE(*worker.CountTokens(text, options) == static_cast<std::int64_t>(ids.size()));
    }
  }
  CHECK_FALSE(worker.CountTokens("ab", {.special_tokens = SpecialTokenPolicy::kForbid}).ok());
}

}  // namespace
}  // namespace bytepiece
