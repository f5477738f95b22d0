// SPDX-License-Identifier: Apache-2.0
// The results of the extrapolation experiment so far: a JSON file that grows by one result at
// a time, so that an experiment goes on where it was stopped.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lm/extrapolation/length_scores.h"
#include "lm_cli/inference_cost.h"

namespace bytepiece::lm {

// The question that a result answers.
struct ExtrapolationKey {
  std::string variant;
  std::int64_t seed = 0;
  std::string form;
  std::string text;  // "natural" or "repeated"
  std::int64_t length = 0;
};

// The question that a time answers: seeds do not matter for it.
struct CostKey {
  std::string variant;
  std::string form;
  std::int64_t length = 0;
};

// Accuracies at a length, one for each seed: over all positions and over the last ones.
struct SeedAccuracies {
  std::vector<double> all, last;
};

// The results of a variant in a form, by length.
struct ExtrapolationRow {
  std::string variant;
  std::string form;
  std::map<std::int64_t, SeedAccuracies> lengths;
};

class ExtrapolationResults {
 public:
  // Reads the file, if it is there. `settings` is an object that stands in it for ever:
  // FailedPrecondition if the file was begun with others, which it names.
  static absl::StatusOr<ExtrapolationResults> Open(const std::string& path,
                                                   const nlohmann::ordered_json& settings);

  bool Has(const ExtrapolationKey& key) const;
  // Adds it and writes the file.
  absl::Status Add(const ExtrapolationKey& key, const LengthScores& scores);

  bool HasCost(const CostKey& key) const;
  // Adds it, with where it was measured, and writes the file.
  absl::Status AddCost(const CostKey& key, const InferenceCost& cost, const std::string& device);

  // The results on a kind of text, in the order in which they came.
  std::vector<ExtrapolationRow> Rows(const std::string& text) const;

  // A table for each kind of text: a row for each variant and form, its seeds' mean accuracy
  // over all positions and over the last ones for each length, with half the range of the seeds.
  // Then one of the times.
  std::string ToMarkdown() const;

 private:
  ExtrapolationResults(std::string path, nlohmann::ordered_json json)
      : path_(std::move(path)), json_(std::move(json)) {}

  absl::Status Write() const;

  std::string path_;
  nlohmann::ordered_json json_;
};

}  // namespace bytepiece::lm
