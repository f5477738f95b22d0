// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bytepiece {

double UnigramScore(std::int64_t count, std::int64_t total) {
  return std::log(static_cast<double>(count)) - std::log(static_cast<double>(total));
}

absl::StatusOr<Vocabulary> Vocabulary::Create(const Model& model) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  Vocabulary vocabulary;
  vocabulary.size_ = VocabSize(model);
  std::int64_t total = 0;
  for (const Piece& piece : model.pieces) total += piece.count;
  vocabulary.offsets_.push_back(0);
  for (const Piece& piece : model.pieces) {
    vocabulary.bytes_ += piece.bytes;
    vocabulary.offsets_.push_back(static_cast<std::uint32_t>(vocabulary.bytes_.size()));
    vocabulary.counts_.push_back(piece.count);
    vocabulary.scores_.push_back(UnigramScore(piece.count, total));
    vocabulary.max_piece_length_ = std::max(vocabulary.max_piece_length_, piece.bytes.size());
  }

  vocabulary.bytes_.append(kCopySlack, '\0');

  std::vector<std::int32_t> by_bytes(model.pieces.size());
  std::iota(by_bytes.begin(), by_bytes.end(), 0);
  std::sort(by_bytes.begin(), by_bytes.end(), [&](std::int32_t a, std::int32_t b) {
    return model.pieces[a].bytes < model.pieces[b].bytes;
  });
  std::vector<std::string_view> keys;
  keys.reserve(by_bytes.size());
  for (const std::int32_t index : by_bytes) keys.push_back(model.pieces[index].bytes);
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys, by_bytes);
  if (!automaton.ok()) return automaton.status();
  vocabulary.automaton_ = *std::move(automaton);
  std::vector<std::string_view> by_value(model.pieces.size());
  for (std::size_t i = 0; i < by_value.size(); ++i) by_value[i] = model.pieces[i].bytes;
  vocabulary.scanner_ = PieceScanner::Build(by_value, vocabulary.scores_);
  return vocabulary;
}

TokenId Vocabulary::FindPiece(std::string_view bytes) const {
  const std::int32_t value = automaton_.Find(bytes);
  return value == Automaton::kNoValue ? -1 : kFirstPieceId + value;
}

}  // namespace bytepiece
