// SPDX-License-Identifier: Apache-2.0
// A model as plain data: what the file formats (model_io.h, model_json.h) read
// and write, what the trainer produces, what a Tokenizer is made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/score_kind.h"
#include "bytepiece/model/trainer_spec.h"

namespace bytepiece::inline v0 {

// Text of which every document counted numerator / denominator times, positive and in
// lowest terms.
struct WeightedText {
  std::int64_t weight_numerator = 1;
  std::int64_t weight_denominator = 1;
  std::int64_t bytes = 0;

  friend bool operator==(const WeightedText&, const WeightedText&) = default;
};

// Where a trained model comes from. Nothing of the machine or the moment, so
// that equal input gives equal bytes.
struct Provenance {
  TrainerSpec spec;
  std::int64_t vocab_size = 0;  // the requested size this model answers
  std::int64_t corpus_documents = 0;
  std::int64_t corpus_bytes = 0;  // after normalisation
  // For a mixture, how much of corpus_bytes had which weight, ascending by weight, each
  // once. Empty if every document counted once.
  std::vector<WeightedText> mixture;

  friend bool operator==(const Provenance&, const Provenance&) = default;
};

// A token that no text produces unless the caller allows it.
struct SpecialToken {
  std::string text;       // not empty, valid UTF-8, unique
  bool reserved = false;  // fills the vocabulary up; never matched in text

  friend bool operator==(const SpecialToken&, const SpecialToken&) = default;
};

struct Model {
  Normalization normalization = Normalization::kNfc;
  // The claim that every piece longer than one byte is valid UTF-8.
  bool pieces_are_unicode = false;
  std::vector<Piece> pieces;                 // id: kFirstPieceId + index
  std::vector<std::int16_t> whole_scores;    // of each piece; none: scores are logarithms
  std::vector<SpecialToken> special_tokens;  // id: kFirstPieceId + pieces.size() + index
  std::optional<Provenance> provenance;      // absent in imported models

  friend bool operator==(const Model&, const Model&) = default;
};

// Bytes of a piece. Where a text repeats what a piece repeats, each of its bytes may cost so many
// steps: a piece of one letter makes 2 MB of it take seconds, where 65535 took minutes.
inline constexpr std::size_t kMaxPieceLength = 1024;
inline constexpr std::size_t kMaxModelSize = 1'000'000'000;  // bytes, as stored

// Control tokens + pieces + special tokens.
inline std::int64_t VocabSize(const Model& model) {
  return kNumControlTokens + static_cast<std::int64_t>(model.pieces.size()) +
         static_cast<std::int64_t>(model.special_tokens.size());
}

inline ScoreKind ScoresOf(const Model& model) {
  return model.whole_scores.empty() ? ScoreKind::kLog : ScoreKind::kWhole;
}

// Makes the model score so. Whole scores that it has stay; else they are those of its counts.
BYTEPIECE_EXPORT void SetScores(ScoreKind kind, Model* model);

// The text of a control token: "<pad>", "<bos>", "<eos>". Requires id < 3.
BYTEPIECE_EXPORT const char* ControlTokenText(TokenId id);

// Appends reserved tokens, of names that are not taken, until the size is a
// multiple of `multiple` (>= 1).
BYTEPIECE_EXPORT void AddReservedTokens(std::int64_t multiple, Model* model);

// Puts `text` in the place of the first reserved token, or after all ids.
BYTEPIECE_EXPORT void AddSpecialToken(const std::string& text, Model* model);

// OK if the model can be used: all 256 bytes are pieces, no piece is empty,
// repeated or longer than kMaxPieceLength, counts are positive and their sum
// fits 63 bits, whole scores are one for each piece, in kLeastWholeScore..0, or none,
// the UTF-8 claim is true, special tokens are non-empty, unique
// and valid UTF-8, the whole fits kMaxModelSize and so its ids TokenId. Otherwise
// one sentence that names the first offender.
BYTEPIECE_EXPORT absl::Status ValidateModel(const Model& model);

}  // namespace bytepiece::inline v0
