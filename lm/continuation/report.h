// SPDX-License-Identifier: Apache-2.0
// Reports of what the harness found, for programs (JSON) and for people (Markdown).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lm/continuation/harness.h"
#include "lm/continuation/prompts.h"

namespace bytepiece::lm {

// The report of one text.
struct ContinuationReport {
  std::string text;          // its name
  double bits_per_byte = 0;  // of the model on it; 0: not measured
  PlaceCounts counts;
  std::vector<MethodScores> scores;
};

// An object: counts, and for every kind and method means with intervals and medians. All
// but times is a function of the model, the texts and the seed.
nlohmann::ordered_json ReportToJson(const ContinuationReport& report, std::uint64_t seed);

// A table a kind of prompt.
std::string ReportToMarkdown(const ContinuationReport& report, std::uint64_t seed);

}  // namespace bytepiece::lm
