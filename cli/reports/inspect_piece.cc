// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/inspect_piece.h"

#include <re2/re2.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bytepiece/lattice/nbest.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/token_files/piece_text.h"
#include "cli/program/errors.h"
#include "cli/program/table.h"

namespace bytepiece {
namespace {

std::string SplitText(const Tokenizer& tokenizer, const PieceSplit& split) {
  return absl::StrJoin(split.ids, " ", [&](std::string* out, TokenId id) {
    absl::StrAppend(out, QuotedPiece(tokenizer, id));
  });
}

// The kind of a token that is no piece.
const char* TokenKind(TokenId id) { return id < kFirstPieceId ? "control" : "special"; }

}  // namespace

PieceReport ReportPiece(const Vocabulary& vocabulary, TokenId id) {
  PieceReport report;
  report.id = id;
  report.count = vocabulary.PieceCount(id);
  report.score = vocabulary.PieceScore(id);
  const Lattice lattice(vocabulary.segmenter().unigram(), vocabulary.PieceBytes(id));
  NBest nbest(&lattice);
  while (const std::optional<ScoredPath> path = nbest.Next()) {
    if (path->edges.size() == 1) continue;  // the piece itself
    report.split.emplace();
    report.split->score = path->score;
    for (const std::size_t edge : path->edges) {
      report.split->ids.push_back(kFirstPieceId + lattice.edges()[edge].value);
    }
    break;
  }
  return report;
}

absl::StatusOr<std::vector<TokenId>> MatchPieces(const Vocabulary& vocabulary,
                                                 const std::string& regex) {
  const RE2 pattern(regex, RE2::Quiet);
  if (!pattern.ok()) {
    return UsageError(absl::StrCat("--match \"", regex, "\": ", pattern.error()));
  }
  std::vector<TokenId> ids;
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    const std::string_view bytes = vocabulary.PieceBytes(id);
    if (RE2::PartialMatch(re2::StringPiece(bytes.data(), bytes.size()), pattern)) ids.push_back(id);
  }
  return ids;
}

void PrintPieces(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"piece", "id", "count", "score", "margin", "split score", "best split without it"}};
  for (const TokenId id : ids) {
    if (!tokenizer.vocabulary().IsPiece(id)) {
      rows.push_back({QuotedPiece(tokenizer, id), absl::StrCat(id), "-", "-", "-", "-",
                      absl::StrCat(TokenKind(id), " token")});
      continue;
    }
    const PieceReport report = ReportPiece(tokenizer.vocabulary(), id);
    rows.push_back({QuotedPiece(tokenizer, id), absl::StrCat(id), GroupDigits(report.count),
                    absl::StrFormat("%.4f", report.score)});
    if (!report.split) {
      rows.back().insert(rows.back().end(), {"-", "-", "-"});
      continue;
    }
    rows.back().push_back(absl::StrFormat("%.4f", report.score - report.split->score));
    rows.back().push_back(absl::StrFormat("%.4f", report.split->score));
    rows.back().push_back(SplitText(tokenizer, *report.split));
  }
  out << RenderTable(rows, std::string::npos);
}

nlohmann::ordered_json PiecesJson(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  nlohmann::ordered_json pieces = nlohmann::ordered_json::array();
  for (const TokenId id : ids) {
    if (!tokenizer.vocabulary().IsPiece(id)) {
      pieces.push_back({{"id", id},
                        {"piece", PieceText(tokenizer, id)},
                        {"kind", TokenKind(id)},
                        {"count", nullptr},
                        {"score", nullptr},
                        {"split", nullptr}});
      continue;
    }
    const PieceReport report = ReportPiece(tokenizer.vocabulary(), id);
    nlohmann::ordered_json piece = {{"id", id},
                                    {"piece", PieceText(tokenizer, id)},
                                    {"count", report.count},
                                    {"score", report.score},
                                    {"split", nullptr}};
    if (report.split) {
      nlohmann::ordered_json parts = nlohmann::ordered_json::array();
      for (const TokenId part : report.split->ids) parts.push_back(PieceText(tokenizer, part));
      piece["split"] = {{"pieces", parts},
                        {"score", report.split->score},
                        {"margin", report.score - report.split->score}};
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::string QuotedPiece(const Tokenizer& tokenizer, TokenId id) {
  return absl::StrCat("\"", PieceText(tokenizer, id), "\"");
}

}  // namespace bytepiece
