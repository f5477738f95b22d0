// SPDX-License-Identifier: Apache-2.0
// A model of text alone: another one's probabilities of pieces and of <eos>, made to sum
// to 1. The probability of <pad>, <bos>, special and unused ids, which stand for no text,
// would else count for some methods and not for others. How much that is at most can be asked.
#pragma once

#include "bytepiece/model/vocabulary.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

class TextTokenModel : public TokenModel {
 public:
  // Both must outlive it.
  TextTokenModel(const Vocabulary* vocabulary, TokenModel* model)
      : vocabulary_(vocabulary), model_(model) {}

  // Control tokens and pieces.
  std::int64_t vocab_size() const override { return vocabulary_->end_of_pieces(); }
  // Error: a model that knows fewer ids, or gives none of these any probability.
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override;
  void Forget() override { model_->Forget(); }
  std::int64_t evaluations() const override { return model_->evaluations(); }

  // The largest share, over all calls so far, of a context's probability that was not text.
  double most_not_text() const { return most_not_text_; }

 private:
  const Vocabulary* vocabulary_;
  TokenModel* model_;
  double most_not_text_ = 0;
};

}  // namespace bytepiece::lm
