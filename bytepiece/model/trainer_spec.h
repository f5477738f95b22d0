// SPDX-License-Identifier: Apache-2.0
// The settings of a training run that decide its vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytepiece/base/types.h"

namespace bytepiece::inline v0 {

// The ways to find and to choose pieces. The first two differ in text that the n-gram model
// cannot segment (docs/method/training.md, step 4, "dead ends").
enum class TrainingMethod {
  kExact,    // as the reference: the rest of the chunk falls into single bytes
  kRecover,  // only the unreachable character falls into single bytes
  kGrow,     // kRecover's pieces as a start; then trainer/grow/vocabulary_grower.h
};

// The treatment of text that spells a special token, in training.
enum class SpecialTokenText {
  kPlain,     // text like any other
  kBoundary,  // the border of two texts, and a part of neither: no piece has any of it
};

// All that decides a trained vocabulary, apart from the corpus, grouped by when it acts. The model
// records it; each default stands here and nowhere else, ranges and names in spec_fields.h.
struct TrainerSpec {
  // These say how n-grams are counted.

  // Longest n-gram counted, in bytes. More context needs more memory.
  int order = 6;
  Normalization normalization = Normalization::kNfc;
  // Every decimal digit (Unicode category Nd) is a chunk of its own, in training.
  bool isolate_digits = false;
  // These follow the pieces, in this order, and are counted in vocab_sizes.
  std::vector<std::string> special_tokens = {};
  SpecialTokenText special_token_text = SpecialTokenText::kBoundary;
  // If not 0, the n-gram counts are approximate. After every `prune_every` bytes of the
  // corpus' text, n-grams seen less often than this so far are forgotten, for their
  // prefixes to count alone (trainer/ngrams/ngram_folding.h). Then the order of the documents
  // matters, too. At least 2.
  std::int64_t prune_while_counting = 0;
  std::int64_t prune_every = std::int64_t{1} << 30;

  // These say how text is segmented with them, and the segments are counted.

  // n-grams and pieces seen less often are dropped. 2 for a few MB; 32 for GBs.
  std::int64_t min_count = 2;
  // No piece starts inside a UTF-8 character, so that every piece longer than
  // one byte is valid UTF-8 if the corpus is.
  bool ensure_unicode = true;
  TrainingMethod method = TrainingMethod::kGrow;

  // These say what is made of the counted pieces.

  // Requested sizes, special tokens included; each >= 259. The sizes smaller
  // than the largest are nested: made by pruning the next larger one further.
  std::vector<std::int64_t> vocab_sizes = {8000};
  // Longest piece, in bytes.
  int max_piece_length = 36;
  // kGrow only: the most frequent characters that make up this share of the text each
  // have a piece whatever its count, as long as these are a third of the pieces.
  double character_coverage = 0.9995;
  // kGrow only: whether a piece may go on over the end of a word, from letters to
  // punctuation and back, over the end of a line: trainer/grow/piece_borders.h.
  bool cross_spaces = true;
  bool cross_punctuation = true;
  bool cross_newlines = true;
  // kGrow only: pieces are counted by all segmentations in proportion to their
  // probability, not by the best one (trainer/grow/soft_counts.h).
  bool soft_counts = false;
  // kGrow only: if not 0, growing and shrinking read about so many bytes of the corpus' text, of
  // documents chosen by what they say; the last counts are those of all.
  std::int64_t grow_sample = 0;
  // The final size is rounded up to a multiple of this with reserved tokens.
  std::int64_t pad_vocab_to = 1;

  friend bool operator==(const TrainerSpec&, const TrainerSpec&) = default;
};

}  // namespace bytepiece::inline v0
