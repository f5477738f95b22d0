// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace bytepiece::lm {
namespace {

struct Field {
  const char* name;
  double PromptScore::*value;
};

constexpr Field kFields[] = {{"ln_p_completion", &PromptScore::completion},
                             {"ln_p_next", &PromptScore::next},
                             {"greedy", &PromptScore::greedy},
                             {"distance", &PromptScore::distance},
                             {"evaluations", &PromptScore::evaluations},
                             {"milliseconds", &PromptScore::milliseconds}};

double Share(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

double Largest(const MethodScores& scores, double PromptScore::*field) {
  double largest = 0;
  for (const PromptScore& score : scores.prompts) largest = std::max(largest, score.*field);
  return largest;
}

std::string WithInterval(const MethodScores& scores, double PromptScore::*field,
                         std::uint64_t seed) {
  const Interval interval = scores.Mean(field, seed);
  return absl::StrFormat("%.2f (%.2f to %.2f)", interval.mean, interval.low, interval.high);
}

}  // namespace

nlohmann::ordered_json ReportToJson(const ContinuationReport& report, std::uint64_t seed) {
  nlohmann::ordered_json json = {
      {"text", report.text},
      {"bits_per_byte",
       report.bits_per_byte > 0 ? nlohmann::ordered_json(report.bits_per_byte) : nullptr},
      {"places", report.counts.places},
      {"partial_share", Share(report.counts.partial, report.counts.places)},
      {"word_like_share", Share(report.counts.word_like, report.counts.places)}};
  for (const MethodScores& scores : report.scores) {
    nlohmann::ordered_json entry = {{"kind", PromptKindName(scores.kind)},
                                    {"method", scores.method},
                                    {"prompts", scores.prompts.size()},
                                    {"impossible", scores.NumImpossible()}};
    for (const Field& field : kFields) {
      const Interval interval = scores.Mean(field.value, seed);
      entry[field.name] = {{"mean", interval.mean},
                           {"low", interval.low},
                           {"high", interval.high},
                           {"median", scores.Median(field.value)}};
    }
    entry["missed_at_most"] = {{"next_byte", Largest(scores, &PromptScore::missed)},
                               {"ln_p_next", Largest(scores, &PromptScore::missed_next)}};
    entry["not_text_at_most"] = Largest(scores, &PromptScore::not_text);
    json["results"].push_back(entry);
  }
  return json;
}

std::string ReportToMarkdown(const ContinuationReport& report, std::uint64_t seed) {
  std::string out = absl::StrFormat(
      "## %s\n\n%.1f %% of the %d places between characters are partial, %.1f %% word-like.",
      report.text, 100 * Share(report.counts.partial, report.counts.places), report.counts.places,
      100 * Share(report.counts.word_like, report.counts.places));
  if (report.bits_per_byte > 0) {
    absl::StrAppendFormat(&out, " The model needs %.3f bits per byte.", report.bits_per_byte);
  }
  double not_text = 0;
  for (const MethodScores& scores : report.scores) {
    not_text = std::max(not_text, Largest(scores, &PromptScore::not_text));
  }
  absl::StrAppendFormat(
      &out,
      " The model gives control, special and unused tokens up to %.2g of a context's "
      "probability; that is left out, and the rest makes 1.\n",
      not_text);
  for (const PromptKind kind : kPromptKinds) {
    bool begun = false;
    std::string notes;
    for (const MethodScores& scores : report.scores) {
      if (scores.kind != kind || scores.prompts.empty()) continue;
      if (!begun) {
        absl::StrAppendFormat(
            &out,
            "\n%d %s prompts:\n\n| method | ln p(completion) | ln p(next bytes) | greedy right | "
            "distance | evaluations | ms |\n|---|---|---|---|---|---|---|\n",
            scores.prompts.size(), PromptKindName(kind));
        begun = true;
      }
      absl::StrAppendFormat(&out, "| %s | %s | %s | %.0f %% | %.3f | %.0f | %.1f |\n",
                            scores.method, WithInterval(scores, &PromptScore::completion, seed),
                            WithInterval(scores, &PromptScore::next, seed),
                            100 * scores.Mean(&PromptScore::greedy, seed).mean,
                            scores.Mean(&PromptScore::distance, seed).mean,
                            scores.Median(&PromptScore::evaluations),
                            scores.Median(&PromptScore::milliseconds));
      if (scores.NumImpossible() > 0) {
        absl::StrAppendFormat(&notes,
                              "\n%s finds no probability for %d of them; its means are over the "
                              "others.\n",
                              scores.method, scores.NumImpossible());
      }
    }
    out += notes;
  }
  return out;
}

}  // namespace bytepiece::lm
