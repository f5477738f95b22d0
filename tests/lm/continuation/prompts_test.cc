// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/prompts.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("prompts end where they are said to, drawn by the seed alone") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeModel(
      {{"白云", 50}, {"白云机场", 40}, {"机场", 60}, {"of the", 30}, {"of", 50}, {" the", 20}}));
  std::string text;
  for (int i = 0; i < 40; ++i) text += "去白云机场, of the 白云";
  PromptOptions options = {
      .prompts = 1000, .longest_prompt = 60, .shortest_prompt = 10, .next_bytes = 8, .seed = 5};
  const auto set = MakePrompts({text}, options, tokenizer);
  REQUIRE(set.ok());
  REQUIRE(set->counts.places > 0);
  for (const PromptKind kind : kPromptKinds) {
    std::set<std::string> ends;
    REQUIRE_FALSE(set->Of(kind).empty());
    for (const Prompt& prompt : set->Of(kind)) {
      CAPTURE(PromptKindName(kind), prompt.text, prompt.completion);
      REQUIRE(prompt.text.size() >= 10);
      REQUIRE(prompt.text.size() <= 60);
      REQUIRE(prompt.next.size() == 8);
      REQUIRE(IsValidUtf8(prompt.text));
      REQUIRE(text.find(prompt.text + prompt.next) != std::string::npos);
      // The whole is segmented so that a token crosses the prompt's end, or none does.
      std::size_t end = 0;
      std::string token;
      for (const TokenId id : tokenizer.Encode(prompt.text + prompt.completion)) {
        if (end >= prompt.text.size()) break;
        token = tokenizer.vocabulary().PieceBytes(id);
        end += token.size();
      }
      if (kind == PromptKind::kAligned) {
        REQUIRE(end == prompt.text.size());
      } else {
        REQUIRE(end == prompt.text.size() + prompt.completion.size());
        ends.insert(token.substr(0, token.size() - prompt.completion.size()) + "|" +
                    prompt.completion);
      }
    }
    const std::set<std::string> word_like = {"of| the", "白云|机场"};
    if (kind == PromptKind::kWordLike) REQUIRE(ends == word_like);
    if (kind == PromptKind::kPartial) {
      REQUIRE(ends.contains("o|f the"));
      REQUIRE(ends.contains("白|云机场"));
      REQUIRE(std::includes(ends.begin(), ends.end(), word_like.begin(), word_like.end()));
    }
  }
  options.prompts = 5;
  const auto few = MakePrompts({text}, options, tokenizer);
  const auto again = MakePrompts({text}, options, tokenizer);
  options.seed = 6;
  const auto others = MakePrompts({text}, options, tokenizer);
  const auto texts = [](const PromptSet& prompts) {
    std::vector<std::string> found;
    for (const Prompt& prompt : prompts.partial) found.push_back(prompt.text);
    return found;
  };
  REQUIRE(texts(*few).size() == 5);
  REQUIRE(texts(*few) == texts(*again));
  REQUIRE(texts(*few) != texts(*others));
  REQUIRE_FALSE(MakePrompts({"short"}, options, tokenizer).ok());
}

}  // namespace
}  // namespace bytepiece::lm
