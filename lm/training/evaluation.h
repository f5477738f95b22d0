// SPDX-License-Identifier: Apache-2.0
// Measures how well a model predicts text: bits per byte, which compares models of different
// vocabularies, and the share of tokens predicted right.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "lm/data/token_corpus.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

// The sum of -ln p(target), over targets that are not kNoTarget (batches.h); a scalar.
torch::Tensor SummedLoss(const torch::Tensor& logits, const torch::Tensor& targets);

// The number of such targets that have the highest logit.
std::int64_t CountCorrect(const torch::Tensor& logits, const torch::Tensor& targets);

struct Evaluation {
  double nats = 0;          // summed loss
  std::int64_t tokens = 0;  // predicted
  std::int64_t correct = 0;
  std::int64_t bytes = 0;  // of text that they stand for; <eos> stands for none

  double loss() const { return nats / static_cast<double>(tokens); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(tokens); }
  double bits_per_byte() const;
};

// Bytes that each id stands for, by id; 0 for control tokens.
std::vector<std::int64_t> TokenBytes(const Tokenizer& tokenizer);

struct EvaluationOptions {
  std::int64_t rows = 16;       // at a time
  std::int64_t length = 128;    // of the stretches that are predicted each on its own
  std::int64_t max_tokens = 0;  // stretches evenly spread are taken until there are about
                                // so many; 0: all
  // Gets the share done; false ends with CancelledError.
  std::function<bool(double)> progress = nullptr;
};

// Every token is predicted, from those before it in its stretch; the first one from the
// token before the stretch, or <bos>. The model is in inference during the call.
absl::StatusOr<Evaluation> Evaluate(const TokenCorpus& corpus,
                                    const std::vector<std::int64_t>& token_bytes,
                                    const EvaluationOptions& options, Transformer* model);

}  // namespace bytepiece::lm
