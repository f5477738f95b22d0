// SPDX-License-Identifier: Apache-2.0
// The pieces of a model made ready for use: id <-> bytes, counts and scores.
// Immutable; safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/model.h"

namespace bytepiece {
class Segmenter;
struct VocabularyTables;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

class BYTEPIECE_EXPORT Vocabulary {
 public:
  // The model must pass ValidateModel; else its error.
  static absl::StatusOr<Vocabulary> Create(const Model& model);

  Vocabulary(Vocabulary&&) noexcept;
  Vocabulary& operator=(Vocabulary&&) noexcept;
  ~Vocabulary();

  // Number of ids: control tokens + pieces + special tokens.
  std::int64_t size() const;
  std::int64_t num_pieces() const { return end_of_pieces() - kFirstPieceId; }

  // Pieces are the ids from kFirstPieceId up to, not including, end_of_pieces().
  bool IsPiece(TokenId id) const { return id >= kFirstPieceId && id < end_of_pieces(); }
  TokenId end_of_pieces() const { return end_of_pieces_; }

  // The following require IsPiece(id). The bytes are good for as long as the vocabulary.
  std::string_view PieceBytes(TokenId id) const;
  std::int64_t PieceCount(TokenId id) const;
  // In nats: ln count - ln total, or the model's whole score (score_kind.h).
  double PieceScore(TokenId id) const;

  // The id of the piece with exactly these bytes, or -1.
  TokenId FindPiece(std::string_view bytes) const;

  // Bytes.
  std::size_t max_piece_length() const;

  // Internal: for a model that has passed ValidateModel; of tables that fit; what finds the
  // pieces, by id - kFirstPieceId.
  static absl::StatusOr<Vocabulary> CreateFromValid(const Model& model);
  explicit Vocabulary(std::unique_ptr<const VocabularyTables> tables);
  const VocabularyTables& tables() const { return *tables_; }
  const Segmenter& segmenter() const;

 private:
  std::unique_ptr<const VocabularyTables> tables_;
  TokenId end_of_pieces_;
};

}  // namespace bytepiece::inline v0
