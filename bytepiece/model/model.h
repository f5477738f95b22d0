// SPDX-License-Identifier: Apache-2.0
// A model as plain data: what the file formats (model_io.h, model_json.h) read
// and write, what the trainer produces, what a Tokenizer is made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/types.h"

namespace bytepiece {

// How pieces are found and chosen. The first two differ in text that the n-gram model
// cannot segment (docs/method/training.md, step 4, "dead ends").
enum class TrainingMethod {
  kExact,    // as the reference: the rest of the chunk falls into single bytes
  kRecover,  // only the unreachable character falls into single bytes
  kGrow,     // kRecover's pieces as a start; then trainer/grow/vocabulary_grower.h
};
// "exact", "recover", "grow".
const char* MethodName(TrainingMethod method);

// What decides a trained vocabulary, apart from the corpus. Recorded in the
// model; each default stands here and nowhere else.
struct TrainerSpec {
  TrainingMethod method = TrainingMethod::kGrow;
  // Longest n-gram counted, in bytes: 2..7. More context needs more memory.
  int order = 6;
  // Requested sizes, special tokens included; each >= 259. The sizes smaller
  // than the largest are nested: made by pruning the next larger one further.
  std::vector<std::int64_t> vocab_sizes = {8000};
  // Longest piece, in bytes: 1..65535.
  int max_piece_length = 36;
  // n-grams and pieces seen less often are dropped. 2 for a few MB; 32 for GBs.
  std::int64_t min_count = 2;
  // Not 0: the n-gram counts are approximate. After every `prune_every` bytes of the
  // corpus' text, n-grams seen less often than this so far are forgotten, for their
  // prefixes to count alone (trainer/ngrams/ngram_folding.h). Then the order of the documents
  // matters, too. At least 2.
  std::int64_t prune_while_counting = 0;
  std::int64_t prune_every = std::int64_t{1} << 30;
  // Every decimal digit (Unicode category Nd) a chunk of its own, in training.
  bool isolate_digits = false;
  // No piece starts inside a UTF-8 character, so that every piece longer than
  // one byte is valid UTF-8 if the corpus is.
  bool ensure_unicode = true;
  // kGrow only: the most frequent characters that make up this share of the text each
  // have a piece whatever its count, as long as these are a third of the pieces: 0..1.
  double character_coverage = 0.9995;
  // kGrow only: whether a piece may go on over the end of a word, from letters to
  // punctuation and back, over the end of a line: trainer/grow/piece_borders.h.
  bool cross_spaces = true;
  bool cross_punctuation = true;
  bool cross_newlines = true;
  // kGrow only: pieces are counted by all segmentations in proportion to their
  // probability, not by the best one (trainer/grow/soft_counts.h).
  bool soft_counts = false;
  Normalization normalization = Normalization::kNfc;
  // Appended after the pieces, in this order, and counted in vocab_sizes.
  std::vector<std::string> special_tokens;
  // The final size is rounded up to a multiple of this with reserved tokens.
  std::int64_t pad_vocab_to = 1;

  friend bool operator==(const TrainerSpec&, const TrainerSpec&) = default;
};

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
  // Of a mixture: how much of corpus_bytes had which weight, ascending by weight, each
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
  std::vector<SpecialToken> special_tokens;  // id: kFirstPieceId + pieces.size() + index
  std::optional<Provenance> provenance;      // absent in imported models

  friend bool operator==(const Model&, const Model&) = default;
};

inline constexpr std::size_t kMaxPieceLength = 65535;        // bytes
inline constexpr std::size_t kMaxModelSize = 1'000'000'000;  // bytes, as stored

// Control tokens + pieces + special tokens.
inline std::int64_t VocabSize(const Model& model) {
  return kNumControlTokens + static_cast<std::int64_t>(model.pieces.size()) +
         static_cast<std::int64_t>(model.special_tokens.size());
}

// The text of a control token: "<pad>", "<bos>", "<eos>". Requires id < 3.
const char* ControlTokenText(TokenId id);

// Appends reserved tokens, of names that are not taken, until the size is a
// multiple of `multiple` (>= 1).
void AddReservedTokens(std::int64_t multiple, Model* model);

// Puts `text` in the place of the first reserved token, or after all ids.
void AddSpecialToken(const std::string& text, Model* model);

// OK if the model can be used: all 256 bytes are pieces, no piece is empty,
// repeated or longer than kMaxPieceLength, counts are positive and their sum
// fits 63 bits, the UTF-8 claim is true, special tokens are non-empty, unique
// and valid UTF-8, the whole fits kMaxModelSize and so its ids TokenId. Otherwise
// one sentence that names the first offender.
absl::Status ValidateModel(const Model& model);

}  // namespace bytepiece
