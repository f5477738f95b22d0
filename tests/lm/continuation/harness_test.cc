// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/harness.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "lm/continuation/report.h"
#include "tests/lm/continuation/table_model.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

std::vector<std::string> ToyDocuments() { return {ToyText(1, 300), "", ToyText(2, 40)}; }

PromptOptions ToyPrompts() {
  return {.prompts = 12, .longest_prompt = 12, .shortest_prompt = 4, .next_bytes = 4, .seed = 3};
}

TEST_CASE("scores are those of the methods") {
  Toy toy(4);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const auto prompts = MakePrompts(ToyDocuments(), ToyPrompts(), toy.tokenizer);
  REQUIRE(prompts.ok());
  const HarnessOptions options = {.methods = {"naive", "back-off-1", "exact", "full"}};
  const auto scores = ScorePrompts(*prompts, options, toy.tokenizer, index, &toy.model);
  REQUIRE(scores.ok());
  REQUIRE(scores->size() == 12);
  for (const MethodScores& method_scores : *scores) {
    const std::vector<Prompt>& set = prompts->Of(method_scores.kind);
    REQUIRE(method_scores.prompts.size() == set.size());
    ContinuationMethod method(*ParseMethod(method_scores.method), &toy.tokenizer, &index,
                              &toy.model);
    ContinuationMethod exact(*ParseMethod("exact"), &toy.tokenizer, &index, &toy.model);
    for (std::size_t i = 0; i < set.size(); ++i) {
      const PromptScore& score = method_scores.prompts[i];
      const auto logs = method.LogProbabilities(set[i].text, set[i].next);
      REQUIRE(score.next == logs->back());
      if (set[i].completion.size() <= set[i].next.size()) {
        REQUIRE(std::abs(score.completion - (*logs)[set[i].completion.size() - 1]) < 1e-9);
      }
      REQUIRE(score.distance ==
              TotalVariation(*method.NextByte(set[i].text), *exact.NextByte(set[i].text)));
      REQUIRE(score.evaluations >= 1);
      const auto greedy = GreedyContinuation(&method, set[i].text, set[i].completion.size(),
                                             toy.tokenizer, &toy.model);
      REQUIRE(score.greedy == (greedy->starts_with(set[i].completion) ? 1 : 0));
    }
    if (method_scores.method == "exact") {
      REQUIRE(method_scores.Mean(&PromptScore::distance, 0).mean == 0);
    }
  }
  // The report says the same twice, times apart.
  ContinuationReport report = {"toy", 1.5, prompts->counts, *scores};
  auto again = ScorePrompts(*prompts, options, toy.tokenizer, index, &toy.model);
  ContinuationReport repeated = {"toy", 1.5, prompts->counts, *again};
  for (ContinuationReport* one : {&report, &repeated}) {
    for (MethodScores& method_scores : one->scores) {
      for (PromptScore& score : method_scores.prompts) score.milliseconds = 0;
    }
  }
  const nlohmann::ordered_json json = ReportToJson(report, 1);
  REQUIRE(json.dump() == ReportToJson(repeated, 1).dump());
  REQUIRE(json["results"].size() == 12);
  REQUIRE(json["results"][0]["prompts"] == prompts->partial.size());
  REQUIRE(ReportToMarkdown(report, 1).find("| back-off-1 |") != std::string::npos);
}

TEST_CASE("an interrupted harness says so") {
  Toy toy(4);
  const PrefixIndex index(&toy.tokenizer.vocabulary());
  const auto prompts = MakePrompts(ToyDocuments(), ToyPrompts(), toy.tokenizer);
  const auto scores = ScorePrompts(*prompts, {.methods = {"naive"}}, toy.tokenizer, index,
                                   &toy.model, [](double share) { return share < 0.5; });
  REQUIRE(scores.status().code() == absl::StatusCode::kCancelled);
  REQUIRE_FALSE(
      ScorePrompts(*prompts, {.methods = {"nave"}}, toy.tokenizer, index, &toy.model).ok());
}

}  // namespace
}  // namespace bytepiece::lm
