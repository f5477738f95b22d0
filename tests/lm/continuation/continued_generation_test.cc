// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continued_generation.h"

#include <cmath>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "lm/continuation/transformer_token_model.h"
#include "lm/model/transformer.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"

namespace bytepiece::lm {
namespace {

Tokenizer MakeTokenizer() {
  return *Tokenizer::Create(MakeModel({{"白云", 50},
                                       {"白云机场", 40},
                                       {"白云山", 30},
                                       {"机场", 60},
                                       {"去", 90},
                                       {"白", 10},
                                       {"云", 10}}));
}

std::shared_ptr<Transformer> MakeTransformer(const Tokenizer& tokenizer) {
  ModelConfig config;
  config.vocab_size = tokenizer.vocab_size();
  config.width = 16;
  config.layers.resize(1);
  return *Transformer::Create(config, 3);
}

std::string Written(const MethodOptions& method, const std::string& prompt,
                    const GenerationOptions& options, const Tokenizer& tokenizer,
                    const std::shared_ptr<Transformer>& model) {
  std::string text;
  const auto result = GenerateBy(
      method, prompt, options, tokenizer,
      [&](const std::string& more) {
        text += more;
        // Each part ends with a character, or with bytes that are none.
        REQUIRE(IncompleteUtf8Suffix(more) == 0);
        return true;
      },
      model);
  REQUIRE(result.ok());
  REQUIRE(result->tokens <= options.max_tokens);
  return text;
}

TEST_CASE("the naive method writes what Generate writes") {
  const Tokenizer tokenizer = MakeTokenizer();
  const auto model = MakeTransformer(tokenizer);
  std::string expected;
  REQUIRE(Generate(
              "去白云", {.max_tokens = 20, .seed = 5}, tokenizer,
              [&](const std::string& more) {
                expected += more;
                return true;
              },
              model.get())
              .ok());
  REQUIRE(Written(*ParseMethod("naive"), "去白云", {.max_tokens = 20, .seed = 5}, tokenizer,
                  model) == expected);
}

TEST_CASE("what is written begins as often as the first tokens are probable") {
  const Tokenizer tokenizer = MakeTokenizer();
  const auto model = MakeTransformer(tokenizer);
  const PrefixIndex index(&tokenizer.vocabulary());
  const auto token_model = TransformerTokenModel::Create(model, tokenizer.vocab_size());
  for (const std::string name : {"back-off-1", "exact"}) {
    const MethodOptions method = *ParseMethod(name);
    const auto first =
        ContinuationMethod(method, &tokenizer, &index, token_model->get()).First("去白云");
    REQUIRE(first.ok());
    double longer = 0;  // 白云山 or 白云机场
    for (const Cover& cover : first->covers) {
      const std::string bytes = BytesOf(tokenizer, cover.tokens);
      if (cover.tokens.size() == 1 && bytes.size() > 6) longer += cover.probability;
    }
    REQUIRE(longer > 0.2);
    constexpr int kDraws = 400;
    int begins = 0;
    for (int seed = 0; seed < kDraws; ++seed) {
      const std::string text =
          Written(method, "去白云", {.max_tokens = 1, .seed = static_cast<std::uint64_t>(seed)},
                  tokenizer, model);
      begins += text == "山" || text == "机场";
    }
    CAPTURE(name, longer, begins);
    const double deviation = std::sqrt(kDraws * longer * (1 - longer));
    REQUIRE(std::abs(begins - kDraws * longer) < 4 * deviation);
  }
}

TEST_CASE("every method writes on, whatever the prompt ends in") {
  const Tokenizer tokenizer = MakeTokenizer();
  const auto model = MakeTransformer(tokenizer);
  for (const std::string name :
       {"back-off-1", "back-off-3", "back-off-adaptive", "exact", "full"}) {
    for (const std::string prompt : {"", "去白", "白云机", "x", "\xE7\x99", "\n"}) {
      CAPTURE(name, prompt);
      const GenerationOptions options = {.max_tokens = 12, .seed = 1};
      const std::string text = Written(*ParseMethod(name), prompt, options, tokenizer, model);
      REQUIRE(text == Written(*ParseMethod(name), prompt, options, tokenizer, model));
    }
  }
}

TEST_CASE("covers are drawn by their probability") {
  const std::vector<Cover> covers = {{{3}, 0.5}, {{4}, 0.2}, {{5, 6}, 0.3}, {{7}, 0}};
  RandomStream random(8, 0, 0);
  std::vector<int> counts(covers.size());
  for (int i = 0; i < 4000; ++i) ++counts[DrawCover(covers, {}, &random)];
  REQUIRE(counts[3] == 0);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(std::abs(counts[i] - 4000 * covers[i].probability) < 4 * std::sqrt(4000 * 0.25));
  }
  REQUIRE(DrawCover(covers, {.temperature = 0}, &random) == 0);
  for (int i = 0; i < 50; ++i) REQUIRE(DrawCover(covers, {.top_k = 1}, &random) == 0);
}

}  // namespace
}  // namespace bytepiece::lm
