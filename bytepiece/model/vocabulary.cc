// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/vocabulary.h"

#include <utility>
#include <vector>

#include "bytepiece/matching/piece_table.h"
#include "bytepiece/model/scores_in_nats.h"
#include "bytepiece/model/vocabulary_tables.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece::inline v0 {
namespace {

std::size_t IndexOf(TokenId id) { return static_cast<std::size_t>(id - kFirstPieceId); }

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Create(const Model& model) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return CreateFromValid(model);
}

absl::StatusOr<Vocabulary> Vocabulary::CreateFromValid(const Model& model) {
  std::vector<std::string_view> pieces;
  LargeVector<std::int64_t> counts;
  pieces.reserve(model.pieces.size());
  counts.reserve(model.pieces.size());
  for (const Piece& piece : model.pieces) {
    pieces.push_back(piece.bytes);
    counts.push_back(piece.count);
  }
  absl::StatusOr<Segmenter> segmenter = Segmenter::Create(PieceTable(pieces), ScoresInNats(model));
  if (!segmenter.ok()) return segmenter.status();
  auto tables = std::make_unique<VocabularyTables>();
  tables->counts = FrozenArray(std::move(counts));
  tables->size = static_cast<std::size_t>(VocabSize(model));
  tables->segmenter = *std::move(segmenter);
  return Vocabulary(std::move(tables));
}

Vocabulary::Vocabulary(std::unique_ptr<const VocabularyTables> tables)
    : tables_(std::move(tables)),
      end_of_pieces_(kFirstPieceId + static_cast<TokenId>(tables_->counts.size())) {}
Vocabulary::Vocabulary(Vocabulary&&) noexcept = default;
Vocabulary& Vocabulary::operator=(Vocabulary&&) noexcept = default;
Vocabulary::~Vocabulary() = default;

std::int64_t Vocabulary::size() const { return static_cast<std::int64_t>(tables_->size); }

std::string_view Vocabulary::PieceBytes(TokenId id) const {
  return segmenter().pieces()[IndexOf(id)];
}

std::int64_t Vocabulary::PieceCount(TokenId id) const { return tables_->counts[IndexOf(id)]; }

double Vocabulary::PieceScore(TokenId id) const { return segmenter().scores()[IndexOf(id)]; }

std::size_t Vocabulary::max_piece_length() const { return segmenter().max_length(); }

const Segmenter& Vocabulary::segmenter() const { return tables_->segmenter; }

TokenId Vocabulary::FindPiece(std::string_view bytes) const {
  const std::int32_t value = segmenter().unigram().automaton->Find(bytes);
  return value == Automaton::kNoValue ? -1 : kFirstPieceId + value;
}

}  // namespace bytepiece::inline v0
