// SPDX-License-Identifier: Apache-2.0
// The pieces of a model made ready for use: id <-> bytes, counts, scores and
// the automaton that finds them. Immutable; safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/automaton.h"
#include "bytepiece/model.h"
#include "bytepiece/piece_scanner.h"
#include "bytepiece/types.h"
#include "bytepiece/viterbi.h"

namespace bytepiece {

class Vocabulary {
 public:
  // The model must pass ValidateModel; else its error.
  static absl::StatusOr<Vocabulary> Create(const Model& model);
  // For a model that has passed it.
  static absl::StatusOr<Vocabulary> CreateFromValid(const Model& model);

  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  // Number of ids: control tokens + pieces + special tokens.
  std::int64_t size() const { return size_; }
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

  // For Segment and the samplers: values are ids - kFirstPieceId.
  UnigramView unigram() const { return {&automaton_, scores_, max_piece_length_}; }
  // The same for the fast kernels; empty if they cannot serve these pieces.
  const PieceScanner& scanner() const { return scanner_; }

 private:
  Vocabulary() = default;

  std::string bytes_;                   // all pieces back to back, and kCopySlack bytes
  std::vector<std::uint32_t> offsets_;  // piece i: [offsets_[i], offsets_[i + 1])
  std::vector<std::int64_t> counts_;
  std::vector<double> scores_;
  Automaton automaton_;
  PieceScanner scanner_;
  std::size_t max_piece_length_ = 0;
  std::int64_t size_ = 0;
};

// ln count - ln total, each logarithm rounded on its own: the reference's score.
double UnigramScore(std::int64_t count, std::int64_t total);

}  // namespace bytepiece
