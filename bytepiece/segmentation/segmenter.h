// SPDX-License-Identifier: Apache-2.0
// The pieces with all that finds and chooses them: the one place where the engine is
// chosen. Every engine gives the ids of viterbi.h, the definition, ties included.
//
// - The scanner (piece_scanner.h) and its kernels do what they can: any vocabulary that has all
//   single bytes and no piece beyond PieceScanner::kMaxLength, as all but contrived ones. Scores
//   that are whole numbers (whole_rows.h) have kernels of their own, and a long chunk may be
//   shared among threads.
// - The automaton (automaton.h) does the rest, and what looks at every path: lattices, streams
//   that stop within a chunk. Where there is a scanner it is made when first asked for, as that
//   is a quarter of the time of loading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/base/frozen_array.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/piece_table.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/segmentation/whole_viterbi.h"

namespace bytepiece {

// Scratch memory, reused from call to call. One per thread.
struct SegmenterScratch {
  FastViterbiScratch fast;
  WholeViterbiScratch whole;
  ViterbiScratch plain;
};

// Values are indices of pieces. Shared between threads while SetScores is not called.
class Segmenter {
 public:
  // No pieces: to be replaced.
  Segmenter() = default;

  // Distinct pieces, scores[i] that of pieces[i]. Error if they are more than the automaton can
  // address, or if BYTEPIECE_KERNEL (cpu_features.h) is not good.
  static absl::StatusOr<Segmenter> Create(PieceTable pieces, LargeVector<double> scores);

  // Pieces whose scores come by SetScores, and come again: what training does. `pieces` ascend
  // strictly by bytes, all single bytes among them. The scanner is made if `memory_bytes` are
  // enough for it, the automaton only if it is not, so that unigram() is not for these. Nothing
  // of the pieces is kept.
  static absl::StatusOr<Segmenter> CreateWithoutScores(absl::Span<const Piece> pieces,
                                                       std::int64_t memory_bytes);
  // Indexed by value; -infinity: not to be used. Single bytes' are finite.
  void SetScores(absl::Span<const double> scores);
  // The memory of a piece of so many bytes in the scanner's tables, at most, measured
  // while they are built.
  static std::int64_t ScannerMemoryOf(std::size_t piece_length) {
    return 200 + 16 * static_cast<std::int64_t>(piece_length);
  }

  // Appends the best segmentation of each chunk (splitter.h) of normalised text, as
  // id_offset + value. A long text is shared among `threads`, but not a chunk of it unless the
  // scores are whole numbers.
  void AppendText(std::string_view text, TokenId id_offset, int threads, SegmenterScratch* scratch,
                  std::vector<TokenId>* ids) const;

  // The same for strings that are one chunk each and lie one after the other: string i ends at
  // ends[i] (ascending), its ids then at (*id_ends)[i].
  void AppendEach(std::string_view text, absl::Span<const std::size_t> ends, TokenId id_offset,
                  SegmenterScratch* scratch, std::vector<TokenId>* ids,
                  std::vector<std::size_t>* id_ends) const;

  const PieceTable& pieces() const { return pieces_; }
  absl::Span<const double> scores() const { return scores_.span(); }
  std::size_t max_length() const { return max_length_; }  // bytes of the longest piece

  // For what has engines of its own. The first call makes the automaton.
  UnigramView unigram() const { return {&automaton(), scores(), max_length_}; }
  // Empty if no scanner can serve these pieces.
  const PieceScanner& scanner() const { return scanner_; }

  // For compiled models, whose order is a mixture: visit each table and number.
  template <typename Self, typename Visit>
  static void VisitPieces(Self& self, Visit& visit) {
    PieceTable::VisitTables(self.pieces_, visit);
  }
  template <typename Self, typename Visit>
  static void VisitScores(Self& self, Visit& visit) {
    visit(self.scores_);
    visit(self.max_length_);
  }
  template <typename Self, typename Visit>
  static void VisitEngines(Self& self, Visit& visit) {
    Automaton::VisitTables(AutomatonOf(self), visit);
    PieceScanner::VisitTables(self.scanner_, visit);
    WholeRows::VisitTables(self.rows_, visit);
  }
  // Whether no table points outside another.
  bool TablesFit() const;
  // To be called after the tables were visited to be filled. Error if BYTEPIECE_KERNEL is not good.
  absl::Status ChooseKernels();

 private:
  struct Lazy {
    std::once_flag once;
    bool is_made = false;
    Automaton automaton;
  };

  // One thread's.
  void AppendChunks(std::string_view text, TokenId id_offset, SegmenterScratch* scratch,
                    std::vector<TokenId>* ids) const;
  WholeEngine whole() const { return {&scanner_, &rows_, kernel_}; }
  ViterbiKernel log_kernel() const {
    return kernel_ == Kernel::kAvx512 ? ViterbiKernel::kAvx512 : ViterbiKernel::kPortable;
  }

  const Automaton& automaton() const;
  absl::StatusOr<Automaton> MakeAutomaton() const;
  void SetAutomaton(Automaton automaton) {
    lazy_->is_made = true;
    lazy_->automaton = std::move(automaton);
  }
  // To save, and to fill before anything else is called.
  static const Automaton& AutomatonOf(const Segmenter& self) { return self.automaton(); }
  static Automaton& AutomatonOf(Segmenter& self) {
    self.lazy_->is_made = true;
    return self.lazy_->automaton;
  }

  PieceTable pieces_;
  FrozenArray<double> scores_;
  std::size_t max_length_ = 0;
  PieceScanner scanner_;
  WholeRows rows_;  // empty unless the scores are whole numbers
  Kernel kernel_ = Kernel::kPlain;
  std::unique_ptr<Lazy> lazy_ = std::make_unique<Lazy>();
};

}  // namespace bytepiece
