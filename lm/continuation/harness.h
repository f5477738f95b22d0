// SPDX-License-Identifier: Apache-2.0
// Measures how well a model goes on from prompts, method by method (docs/method/continuation.md,
// "The harness"). All methods answer the same questions about the same prompts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/tokenizer.h"
#include "lm/continuation/bootstrap.h"
#include "lm/continuation/continuation_method.h"
#include "lm/continuation/prompts.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

// One prompt by one method.
struct PromptScore {
  double completion = 0;    // ln p of the rest of the cut token
  double next = 0;          // ln p of Prompt::next
  double greedy = 0;        // 1 if the most probable continuation begins with the completion
  double distance = 0;      // total variation of the next byte, to the reference method
  double evaluations = 0;   // of the model, for the next byte, nothing remembered
  double milliseconds = 0;  // the same
  double missed = 0;        // share of the next byte's probability left out, at most
  double missed_next = 0;   // the same of `next`
  double not_text = 0;      // the largest ContinuationMethod::most_not_text
  // The model and the method give what was asked no probability: nothing else is set.
  bool impossible = false;
};

struct MethodScores {
  std::string method;
  PromptKind kind = PromptKind::kPartial;
  std::vector<PromptScore> prompts;  // in the order of the set's

  // The mean and the median of a field, over what is not impossible.
  Interval Mean(double PromptScore::*field, std::uint64_t seed) const;
  double Median(double PromptScore::*field) const;
  std::size_t NumImpossible() const;

 private:
  std::vector<double> Values(double PromptScore::*field) const;
};

struct HarnessOptions {
  std::vector<std::string> methods;  // names of ParseMethod
  std::string reference = "exact";   // what the distance is to
};

// Every method's scores for every kind of prompt. `progress`, if any, is called with the
// share done; false stops, with a Cancelled status.
absl::StatusOr<std::vector<MethodScores>> ScorePrompts(
    const PromptSet& prompts, const HarnessOptions& options, const Tokenizer& tokenizer,
    const PrefixIndex& index, TokenModel* model,
    const std::function<bool(double)>& progress = nullptr);

// The bytes that `method` writes after the prompt if it always takes the most probable
// cover, then the most probable token: at least `bytes` of them, unless the text ends.
absl::StatusOr<std::string> GreedyContinuation(ContinuationMethod* method, std::string_view prompt,
                                               std::size_t bytes, const Tokenizer& tokenizer,
                                               TokenModel* model);

}  // namespace bytepiece::lm
