// SPDX-License-Identifier: Apache-2.0
// inspect: single pieces, their scores and what stands in for them.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

struct PieceSplit {
  std::vector<TokenId> ids;
  double score = 0;
};

struct PieceReport {
  TokenId id = 0;
  std::int64_t count = 0;
  double score = 0;
  // The best segmentation of the piece's bytes without the piece itself; none
  // for single bytes. The piece is worth score - split->score.
  std::optional<PieceSplit> split;
};

// Requires vocabulary.IsPiece(id).
PieceReport ReportPiece(const Vocabulary& vocabulary, TokenId id);

// The pieces in which the regular expression (RE2) matches somewhere, by id.
absl::StatusOr<std::vector<TokenId>> MatchPieces(const Vocabulary& vocabulary,
                                                 const std::string& regex);

// Special and control tokens are only said to be such.
void PrintPieces(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, std::ostream& out);
nlohmann::ordered_json PiecesJson(const Tokenizer& tokenizer, const std::vector<TokenId>& ids);

// "a piece" in quotes, as encode --format pieces writes it.
std::string QuotedPiece(const Tokenizer& tokenizer, TokenId id);

}  // namespace bytepiece
