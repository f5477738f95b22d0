// SPDX-License-Identifier: Apache-2.0
// Measures how well a model predicts stretches of a length, over all of their positions and over
// the last ones: a model that reads beyond the length it was trained at must show it at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "lm/data/batches.h"
#include "lm/data/token_corpus.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

struct PredictionScores {
  double nats = 0;  // summed loss
  std::int64_t tokens = 0;
  std::int64_t correct = 0;

  double loss() const { return nats / static_cast<double>(tokens); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(tokens); }
};

struct LengthScores {
  PredictionScores all;
  PredictionScores last;  // of the last positions of each stretch
};

// Rows that are all equally long.
struct Stretches {
  std::shared_ptr<const TokenCorpus> corpus;
  std::vector<Row> rows;
};

// The stretches of documents of that length or more, from their beginnings on, evenly thinned
// to about max_tokens in all, one at least. Error: no document is so long.
absl::StatusOr<Stretches> NaturalStretches(std::shared_ptr<const TokenCorpus> corpus,
                                           std::int64_t length, std::int64_t max_tokens);

// The natural ones of `length`, each written `times` times, one after the other.
absl::StatusOr<Stretches> RepeatedStretches(std::shared_ptr<const TokenCorpus> corpus,
                                            std::int64_t length, std::int64_t times,
                                            std::int64_t max_tokens);

// The model is in inference during the call. So many tokens are read at once, at most, except
// for a single stretch that is longer. `go_on`, if any, is asked in between; false ends with
// CancelledError.
absl::StatusOr<LengthScores> ScoreStretches(const Stretches& stretches, std::int64_t last,
                                            std::int64_t tokens_at_once, Transformer* model,
                                            const std::function<bool()>& go_on = nullptr);

}  // namespace bytepiece::lm
