// SPDX-License-Identifier: Apache-2.0
// The default method's last stages: a vocabulary that grows by what stands side by side
// and shrinks by what is used least, the corpus being segmented anew for every decision.
//
// An n-gram model of order 6 proposes few pieces that bridge a space, and prunes by
// counts that no segmentation with the final pieces would give. Growing repairs the
// first: two neighbours that are frequent together become a candidate, so that a piece's
// length can double in a round. Shrinking repairs the second: at most a fifth of the
// pieces goes at a time, then all counts are taken again, so that what a dropped piece
// leaves to others is known before the next is judged. Filling up makes good for pieces that
// nothing used in the end: the best of what was dropped comes back.
//
// Example: pieces " of", " the" are neighbours 900 times: " of the" becomes a candidate.
// If it then is used 850 times, and " of" still 3000 times, both stay.
// Counter-example: "xq", neighbours 3 times, is used less than any of the size wanted,
// and is gone in the first shrinking.
//
// Whole thing, tables and what was tried: docs/compression.md.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/progress.h"
#include "bytepiece/base/types.h"
#include "corpus/document_source.h"
#include "trainer/counts/run_store.h"
#include "trainer/grow/character_counts.h"
#include "trainer/grow/pass_sink.h"
#include "trainer/grow/piece_usage.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

struct GrowerOptions {
  // Takes the spec's min_count, max_piece_length, character_coverage, ensure_unicode,
  // cross_*, grow_sample.
  CountingOptions counting;
  RunStore* store = nullptr;      // for counted pairs that memory has no room for
  int readings_done = 0;          // of those that progress counts, before the grower's
  std::int64_t corpus_bytes = 0;  // of text: a sample (the spec's grow_sample) is a part of it
};

// Results depend on the corpus as a multiset of documents and on the spec, on nothing
// else. All calls read the corpus; errors are those of CountPieceUsage.
class VocabularyGrower {
 public:
  // How many candidates to start from are worth their time, for a size wanted.
  static std::int64_t CandidatesFor(std::int64_t max_pieces) { return 3 * max_pieces; }

  // CorpusPassOptions::one_in for a corpus of `bytes` of which about `sample` are read; 0: all.
  static std::int64_t OneIn(std::int64_t bytes, std::int64_t sample) {
    return sample == 0 || bytes <= sample ? 1 : (bytes - 1) / sample + 1;
  }

  // About how often Grow reads the corpus.
  static constexpr int kReadingsToGrow = 6;

  // `candidates`: all single bytes among them, in any order; those that the spec does not
  // allow are passed over. `source` and what
  // `options` point at must outlive this object.
  VocabularyGrower(DocumentSource* source, const GrowerOptions& options, CharacterCounts characters,
                   std::vector<Piece> candidates);

  // Adds candidates for a vocabulary of `max_pieces` pieces. Reads the corpus some
  // six times.
  absl::Status Grow(std::int64_t max_pieces);

  // Shrinks to at most `max_pieces` (>= 256) pieces, each used by the corpus except single
  // bytes and the characters that coverage asks for. Reads the corpus about three times
  // for every halving. The next, smaller size goes on from there.
  absl::Status ShrinkTo(std::int64_t max_pieces);

  // After ShrinkTo(max_pieces): its pieces and, where it left fewer than `max_pieces`, the
  // best of what it dropped and of neighbours that the corpus uses, until there are so many or
  // no such piece is left; for a smaller size the most used that the larger one's result has.
  // Reads the corpus if something is missing. Where ShrinkTo goes on from does not change.
  // The pieces in order of ids, by (length, bytes). Counts are those of the last reading, which is
  // of the whole corpus; a piece that a sample uses, but not the whole, counts one.
  absl::StatusOr<std::vector<Piece>> FilledTo(std::int64_t max_pieces);

  // Sets the progress of the stages to come. `sizes`: those of ShrinkTo to come, descending.
  void SetProgress(const Progress& progress, const std::vector<std::int64_t>& sizes);

  // The pieces of the last ShrinkTo or Grow, in order of ids, with the counts of the last reading.
  std::vector<Piece> Pieces() const;

 private:
  // Abseil's tables do not survive an allocation that fails while they grow.
  using Names = std::unordered_set<std::string>;

  // Until at most `max_pieces` are left, at least `keep_share` of them at a time. The
  // last reading takes pairs, if `most_pairs` > 0.
  absl::Status Shrink(std::int64_t max_pieces, double keep_share, std::int64_t most_pairs);
  // Segments the corpus, takes at most so many pairs, drops what was not used.
  absl::Status Read(std::int64_t most_pairs);
  // From a sample to all of the corpus: its counts, and what is still missing.
  absl::Status FinishOnAll(std::int64_t max_pieces);
  // The uses that the reading found become the pieces' counts.
  void TakeUsage(const PieceUsage& usage, std::int64_t min_count);
  // How a piece is used, in units of documents' weights, and whether it must stay.
  struct Use {
    bool forced;
    double use;
  };
  // Indexed by piece, for a vocabulary of max_pieces.
  std::vector<Use> Uses(std::int64_t max_pieces) const;
  // All indices: of the `number` worth most, ascending, then of the others, the worst first.
  // Worth is use, by the root of the tokens that a byte of it saves.
  std::vector<std::size_t> BestFirst(std::size_t number, const std::vector<Use>& uses,
                                     const std::vector<std::int32_t>& replacements) const;
  // The `number` best stay, for a vocabulary of max_pieces.
  absl::Status Keep(std::int64_t number, std::int64_t max_pieces);
  // All that is in pieces_ stays from now on, used or not.
  void SettlePieces();
  // FilledTo, of a grower that is thrown away and whose pieces are settled, since smaller
  // vocabularies may have them: the first size; the others, which lack `number` pieces.
  absl::Status FillUp(std::int64_t max_pieces);
  absl::Status FillFromLarger(std::int64_t number);
  // Takes up to `number` of dropped_, or of pairs if nothing is left there, into pieces_;
  // nothing twice.
  absl::Status AddDropped(std::int64_t number);
  // Removes the least used pieces of those that are not settled.
  void RemoveLeastUsed(std::int64_t number);
  // The most frequent pairs of pieces_ become pairs_.
  absl::Status TakePairs(const RunSet& pairs, std::int64_t most);

  DocumentSource* source_;
  GrowerOptions options_;
  // CorpusPassOptions::one_in of all readings but the last, which takes the counts of a result.
  std::int64_t one_in_;
  CharacterCounts characters_;
  std::vector<std::int64_t> sizes_;    // of SetProgress
  int later_readings_ = 0;             // to come after this Shrink, for progress
  std::vector<Piece> pieces_;          // ascending by bytes
  std::vector<Piece> pairs_;           // candidates, none of them in pieces_
  std::vector<Piece> dropped_;         // since Grow: the best last, what was not used first
  std::vector<Piece> larger_;          // the last result of FilledTo
  std::vector<std::int64_t> spreads_;  // of pieces_, as of the last reading
  bool is_read_ = false;               // whether that was with the pieces there are now
  Names settled_;
  Names tried_;  // FillUp: have been in pieces_
  PassSink sink_;
};

}  // namespace bytepiece
