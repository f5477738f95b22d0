// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/harness.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "lm/continuation/continued_generation.h"
#include "lm/continuation/text_token_model.h"

namespace bytepiece::lm {
namespace {

class Scorer {
 public:
  Scorer(const HarnessOptions& options, const Tokenizer& tokenizer, const PrefixIndex& index,
         TokenModel* model)
      : options_(options), tokenizer_(tokenizer), index_(index), model_(model) {}

  absl::Status MakeMethods() {
    for (const std::string& name : options_.methods) {
      if (absl::Status status = Make(name, &methods_); !status.ok()) return status;
    }
    return Make(options_.reference, &reference_);
  }

  // Scores by all methods, in their order. An impossible prompt is a score, not an error.
  absl::Status Score(const Prompt& prompt, std::vector<PromptScore>* scores) {
    const auto expected = reference_[0].NextByte(prompt.text);
    for (ContinuationMethod method : methods_) {  // a new one each time, for most_not_text
      PromptScore score;
      const absl::Status status =
          expected.ok() ? ScoreIfPossible(prompt, *expected, method, &score) : expected.status();
      if (!status.ok() && status.code() != ImpossibleText().code()) return status;
      if (!status.ok() || !std::isfinite(score.completion) || !std::isfinite(score.next)) {
        score = {};
        score.impossible = true;
      }
      scores->push_back(score);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ScoreIfPossible(const Prompt& prompt, const ByteDistribution& expected,
                               ContinuationMethod& method, PromptScore* score) {
    model_->Forget();
    const std::int64_t evaluations = model_->evaluations();
    const auto start = std::chrono::steady_clock::now();
    const auto next = method.NextByte(prompt.text);
    if (!next.ok()) return next.status();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    score->milliseconds = time.count();
    score->evaluations = static_cast<double>(model_->evaluations() - evaluations);
    score->missed = method.missed();

    score->distance = TotalVariation(*next, expected);

    // The completion may reach beyond the next bytes, or end before.
    const std::size_t longest = std::max(prompt.completion.size(), prompt.next.size());
    const std::string continuation =
        longest == prompt.next.size() ? prompt.next : prompt.completion;
    const auto logs = method.LogProbabilities(prompt.text, continuation);
    if (!logs.ok()) return logs.status();
    score->completion = (*logs)[prompt.completion.size() - 1];
    score->next = (*logs)[prompt.next.size() - 1];
    score->missed_next = method.missed();
    score->not_text = method.most_not_text();

    const auto greedy =
        GreedyContinuation(&method, prompt.text, prompt.completion.size(), tokenizer_, model_);
    if (!greedy.ok()) return greedy.status();
    score->greedy = greedy->starts_with(prompt.completion) ? 1 : 0;
    return absl::OkStatus();
  }

  absl::Status Make(const std::string& name, std::vector<ContinuationMethod>* methods) {
    const auto method = ParseMethod(name);
    if (!method.ok()) return method.status();
    methods->emplace_back(*method, &tokenizer_, &index_, model_);
    return absl::OkStatus();
  }

  const HarnessOptions& options_;
  const Tokenizer& tokenizer_;
  const PrefixIndex& index_;
  TokenModel* model_;
  std::vector<ContinuationMethod> methods_;
  std::vector<ContinuationMethod> reference_;  // one
};

}  // namespace

Interval MethodScores::Mean(double PromptScore::*field, std::uint64_t seed) const {
  return BootstrapMean(Values(field), seed);
}

double MethodScores::Median(double PromptScore::*field) const {
  std::vector<double> values = Values(field);
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

std::size_t MethodScores::NumImpossible() const {
  return static_cast<std::size_t>(std::count_if(
      prompts.begin(), prompts.end(), [](const PromptScore& score) { return score.impossible; }));
}

std::vector<double> MethodScores::Values(double PromptScore::*field) const {
  std::vector<double> values;
  for (const PromptScore& score : prompts) {
    if (!score.impossible) values.push_back(score.*field);
  }
  return values;
}

absl::StatusOr<std::string> GreedyContinuation(ContinuationMethod* method, std::string_view prompt,
                                               std::size_t bytes, const Tokenizer& tokenizer,
                                               TokenModel* model) {
  const auto first = method->First(prompt);
  if (!first.ok()) return first.status();
  const auto best = std::max_element(
      first->covers.begin(), first->covers.end(),
      [](const Cover& a, const Cover& b) { return a.probability < b.probability; });
  const std::size_t known = prompt.size() - BytesOf(tokenizer, first->context).size();
  TokenContext context = TokenContext(first->context).Then(best->tokens);
  std::string continuation = BytesOf(tokenizer, best->tokens).substr(known);
  // Pieces and <eos> alone, so that each token adds a byte or ends.
  TextTokenModel text_model(&tokenizer.vocabulary(), model);
  std::vector<double> row;
  while (continuation.size() < bytes && context.last() != kEosId) {
    if (absl::Status status = text_model.Next({context}, &row); !status.ok()) return status;
    const auto token = static_cast<TokenId>(std::max_element(row.begin(), row.end()) - row.begin());
    context = context.Then(token);
    continuation += BytesOf(tokenizer, {token});
  }
  return continuation;
}

absl::StatusOr<std::vector<MethodScores>> ScorePrompts(
    const PromptSet& prompts, const HarnessOptions& options, const Tokenizer& tokenizer,
    const PrefixIndex& index, TokenModel* model, const std::function<bool(double)>& progress) {
  Scorer scorer(options, tokenizer, index, model);
  if (absl::Status status = scorer.MakeMethods(); !status.ok()) return status;
  std::size_t all = 0;
  for (const PromptKind kind : kPromptKinds) all += prompts.Of(kind).size();
  std::size_t done = 0;
  std::vector<MethodScores> scores;
  for (const PromptKind kind : kPromptKinds) {
    const std::size_t first = scores.size();
    for (const std::string& method : options.methods) scores.push_back({method, kind, {}});
    for (const Prompt& prompt : prompts.Of(kind)) {
      if (progress != nullptr &&
          !progress(static_cast<double>(done++) / static_cast<double>(all))) {
        return absl::CancelledError("interrupted");
      }
      std::vector<PromptScore> by_method;
      if (absl::Status status = scorer.Score(prompt, &by_method); !status.ok()) return status;
      for (std::size_t i = 0; i < by_method.size(); ++i) {
        scores[first + i].prompts.push_back(by_method[i]);
      }
    }
  }
  return scores;
}

}  // namespace bytepiece::lm
