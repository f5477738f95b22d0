// SPDX-License-Identifier: Apache-2.0
// Segments text with the n-gram model alone, without a vocabulary
// (docs/method/training.md, step 4).
//
// Segmentation as tagging: tag t < order - 1 says "the (t + 1)-th byte of its
// piece", tag order - 1 "that byte or a later one". A byte's score under tag t is
// that of the (t + 1)-gram ending there; from tag k only 0 and
// min(k + 1, order - 1) may follow. The best tags are found by Viterbi in double
// precision, ties to the lowest tag before.
//
// With ensure_unicode, tag 0 is forbidden on continuation bytes. Where a rare
// character's n-grams were all pruned no tag is possible then, a dead end:
//   kExact    every byte from that character to the chunk's end is a piece
//   kRecover  the character's bytes are pieces; what follows starts afresh
//   kGrow     as kRecover
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/model/model.h"
#include "trainer/ngrams/ngram_lookup.h"
#include "trainer/ngrams/ngram_model.h"

namespace bytepiece {

// One per thread.
class NgramSegmenter {
 public:
  // The model must outlive this object.
  NgramSegmenter(const NgramModel* model, bool ensure_unicode, TrainingMethod method);

  // Replaces *piece_ends by the ascending ends of the pieces of `text`, whose
  // chunks end at `chunk_ends` (ascending, the last is text.size()). Memory: 8 x
  // order bytes a byte, so give a few kB at a time.
  void Segment(std::string_view text, absl::Span<const std::size_t> chunk_ends,
               std::vector<std::size_t>* piece_ends);

 private:
  template <int kOrder>
  void SegmentChunk(std::string_view text, std::size_t begin, std::size_t end);
  template <int kOrder>
  std::size_t FindDeadEnd(std::string_view text, std::size_t begin, std::size_t end, int* last_tag);
  template <int kOrder>
  void Trace(std::size_t begin, std::size_t end, int tag);

  using ChunkFunction = void (NgramSegmenter::*)(std::string_view, std::size_t, std::size_t);

  NgramLookup emissions_;
  bool ensure_unicode_;
  TrainingMethod method_;
  ChunkFunction segment_chunk_;
  std::vector<std::uint8_t> pointers_;  // by position in the text
  std::vector<std::size_t> starts_;     // of the pieces of a stretch, backwards
  std::vector<std::size_t>* piece_ends_ = nullptr;
};

}  // namespace bytepiece
