// SPDX-License-Identifier: Apache-2.0
// The pieces of a model made ready for use: id <-> bytes, counts, scores and
// the automata that find them. Immutable; safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

#include "absl/status/statusor.h"
#include "bytepiece/base/frozen_array.h"
#include "bytepiece/base/types.h"
#include "bytepiece/matching/automaton.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

class Vocabulary {
 public:
  // The model must pass ValidateModel; else its error.
  static absl::StatusOr<Vocabulary> Create(const Model& model);
  // For a model that has passed it.
  static absl::StatusOr<Vocabulary> CreateFromValid(const Model& model);

  // No pieces: for VisitTables to fill.
  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  // Number of ids: control tokens + pieces + special tokens.
  std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  std::int64_t num_pieces() const { return static_cast<std::int64_t>(scores_.size()); }

  bool IsPiece(TokenId id) const { return id >= kFirstPieceId && id < end_of_pieces(); }
  TokenId end_of_pieces() const { return kFirstPieceId + static_cast<TokenId>(scores_.size()); }

  // The following require IsPiece(id).
  std::string_view PieceBytes(TokenId id) const {
    const std::size_t i = static_cast<std::size_t>(id - kFirstPieceId);
    return {bytes_.data() + offsets_[i], offsets_[i + 1] - offsets_[i]};
  }
  // Writes the piece's bytes to `out` and returns their number. Up to kCopySlack
  // bytes behind them are overwritten, so that no short piece costs a loop.
  std::size_t CopyPiece(TokenId id, char* out) const {
    const std::string_view piece = PieceBytes(id);
    std::memcpy(out, piece.data(), kCopySlack);
    if (piece.size() > kCopySlack) std::memcpy(out, piece.data(), piece.size());
    return piece.size();
  }
  static constexpr std::size_t kCopySlack = 16;

  std::int64_t PieceCount(TokenId id) const { return counts_[id - kFirstPieceId]; }
  // ln count - ln total, natural logarithm.
  double PieceScore(TokenId id) const { return scores_[id - kFirstPieceId]; }

  // The id of the piece with exactly these bytes, or -1.
  TokenId FindPiece(std::string_view bytes) const;

  std::size_t max_piece_length() const { return max_piece_length_; }

  // By id - kFirstPieceId.
  absl::Span<const double> scores() const { return scores_.span(); }
  // For Segment and the samplers: values are ids - kFirstPieceId. What encoding does
  // not need, a quarter of the time of loading, is made at the first call.
  UnigramView unigram() const { return {&automaton(), scores_.span(), max_piece_length_}; }
  // The same for the fast kernels; empty if they cannot serve these pieces.
  const PieceScanner& scanner() const { return scanner_; }

  // All there is, for compiled_model.h: calls visit with each table and number, in
  // an order of its own.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.bytes_);
    visit(self.offsets_);
    visit(self.counts_);
    visit(self.scores_);
    visit(self.max_piece_length_);
    visit(self.size_);
    Automaton::VisitTables(AutomatonOf(self), visit);
    PieceScanner::VisitTables(self.scanner_, visit);
  }
  // Whether no table points outside another.
  bool TablesFit() const;

 private:
  struct Lazy {
    std::once_flag once;
    bool is_made = false;
    Automaton automaton;
  };

  const Automaton& automaton() const;
  absl::StatusOr<Automaton> MakeAutomaton() const;
  // To save, and to fill before anything else is called.
  static const Automaton& AutomatonOf(const Vocabulary& self) { return self.automaton(); }
  static Automaton& AutomatonOf(Vocabulary& self) {
    self.lazy_->is_made = true;
    return self.lazy_->automaton;
  }

  FrozenArray<char> bytes_;             // all pieces back to back, and kCopySlack bytes
  FrozenArray<std::uint32_t> offsets_;  // piece i: [offsets_[i], offsets_[i + 1])
  FrozenArray<std::int64_t> counts_;
  FrozenArray<double> scores_;
  std::unique_ptr<Lazy> lazy_ = std::make_unique<Lazy>();
  PieceScanner scanner_;
  std::size_t max_piece_length_ = 0;
  std::size_t size_ = 0;
};

// ln count - ln total, each logarithm rounded on its own: the reference's score.
double UnigramScore(std::int64_t count, std::int64_t total);

}  // namespace bytepiece
