// SPDX-License-Identifier: Apache-2.0
// The parts that a tokenizer and all its workers share. Immutable; safe to share between threads.
#pragma once

#include <mutex>
#include <utility>

#include "bytepiece/base/types.h"
#include "bytepiece/matching/piece_table.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/sampling/weight_rows.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

class TokenizerParts {
 public:
  TokenizerParts(LoadedModel model, Normalization normalization)
      : model_(std::move(model)), normalization_(normalization) {}

  const LoadedModel& model() const { return model_; }
  const Vocabulary& vocabulary() const { return model_.vocabulary(); }
  const SpecialTokens& special_tokens() const { return model_.special_tokens(); }
  const Segmenter& segmenter() const { return vocabulary().segmenter(); }
  // The scores by id - kFirstPieceId.
  const PieceTable& pieces() const { return segmenter().pieces(); }
  // The model's, or what the caller wanted in its place.
  Normalization normalization() const { return normalization_; }

  // The rows that exact sampling reads its weights by, made when they are first asked for.
  const WeightRows& weight_rows() const {
    std::call_once(has_weight_rows_, [this] { weight_rows_ = WeightRows(segmenter().scanner()); });
    return weight_rows_;
  }

 private:
  LoadedModel model_;
  Normalization normalization_;
  mutable std::once_flag has_weight_rows_;
  mutable WeightRows weight_rows_;
};

}  // namespace bytepiece
