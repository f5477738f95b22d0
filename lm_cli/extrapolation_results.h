// SPDX-License-Identifier: Apache-2.0
// The results of the extrapolation experiment so far: a JSON file that grows by one result at
// a time, so that an experiment goes on where it was stopped.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lm/extrapolation/length_scores.h"

namespace bytepiece::lm {

// Which question a result answers.
struct ExtrapolationKey {
  std::string variant;
  std::int64_t seed = 0;
  std::string form;
  std::string text;  // "natural" or "repeated"
  std::int64_t length = 0;
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

  // A table for each kind of text: a row for each variant and form, its seeds' mean accuracy
  // over all positions and over the last ones for each length, with the spread of seeds.
  std::string ToMarkdown() const;

 private:
  ExtrapolationResults(std::string path, nlohmann::ordered_json json)
      : path_(std::move(path)), json_(std::move(json)) {}

  std::string path_;
  nlohmann::ordered_json json_;
};

}  // namespace bytepiece::lm
