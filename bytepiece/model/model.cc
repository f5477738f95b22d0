// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece::inline v0 {
namespace {

constexpr std::array<const char*, kNumControlTokens> kControlTokenTexts = {"<pad>", "<bos>",
                                                                           "<eos>"};

// A piece as a person can read it in an error, however long.
std::string Shown(const std::string& bytes) {
  return absl::StrCat("\"", absl::CHexEscape(bytes.substr(0, 40)), bytes.size() > 40 ? "..." : "",
                      "\"");
}

absl::Status CheckPiece(const Piece& piece, TokenId id, bool must_be_unicode) {
  if (piece.bytes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the piece with id ", id, " is empty"));
  }
  if (piece.bytes.size() > kMaxPieceLength) {
    return absl::InvalidArgumentError(
        absl::StrCat("the piece with id ", id, " has ", piece.bytes.size(), " bytes, more than ",
                     kMaxPieceLength, "; train with a --max-piece-length up to that"));
  }
  if (piece.count < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("piece ", Shown(piece.bytes), " has count ", piece.count, ", below 1"));
  }
  if (must_be_unicode && piece.bytes.size() > 1 && !IsValidUtf8(piece.bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "piece ", Shown(piece.bytes), " is not valid UTF-8, as the model says all pieces are"));
  }
  return absl::OkStatus();
}

bool ShorterThenLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// In (length, bytes) order, which trained models have already.
std::vector<std::string_view> SortedBytes(const std::vector<Piece>& pieces) {
  std::vector<std::string_view> sorted;
  sorted.reserve(pieces.size());
  for (const Piece& piece : pieces) sorted.push_back(piece.bytes);
  if (!std::is_sorted(sorted.begin(), sorted.end(), ShorterThenLess)) {
    std::sort(sorted.begin(), sorted.end(), ShorterThenLess);
  }
  return sorted;
}

absl::Status CheckPieces(const Model& model) {
  const std::vector<std::string_view> sorted = SortedBytes(model.pieces);
  // One by one only to say which is not.
  const bool finds_not_unicode = model.pieces_are_unicode && !HaveWholeCharacters(sorted);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    const TokenId id = kFirstPieceId + static_cast<TokenId>(i);
    if (absl::Status s = CheckPiece(piece, id, finds_not_unicode); !s.ok()) return s;
    if (piece.count > std::numeric_limits<std::int64_t>::max() - total) {
      return absl::InvalidArgumentError("the sum of the pieces' counts exceeds 63 bits");
    }
    total += piece.count;
  }
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("piece ", Shown(std::string(*twice)), " occurs twice"));
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {  // none is empty: the bytes stand first
    if (byte >= sorted.size() || sorted[byte] != std::string(1, static_cast<char>(byte))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the byte 0x", absl::Hex(byte, absl::kZeroPad2), " is no piece"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScores(const Model& model) {
  if (ScoresOf(model) == ScoreKind::kLog) return absl::OkStatus();
  if (model.whole_scores.size() != model.pieces.size()) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", model.whole_scores.size(),
                                                   " whole scores for ", model.pieces.size(),
                                                   " pieces"));
  }
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const int score = model.whole_scores[i];
    if (score >= kLeastWholeScore && score <= 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("piece ", Shown(model.pieces[i].bytes),
                                                   " has whole score ", score, ", outside ",
                                                   kLeastWholeScore, "..0"));
  }
  return absl::OkStatus();
}

absl::Status CheckSpecialTokens(const Model& model) {
  std::set<std::string_view> seen(kControlTokenTexts.begin(), kControlTokenTexts.end());
  for (const SpecialToken& token : model.special_tokens) {
    if (token.text.empty()) return absl::InvalidArgumentError("a special token is empty");
    if (!IsValidUtf8(token.text)) {
      return absl::InvalidArgumentError(
          absl::StrCat("special token ", Shown(token.text), " is not valid UTF-8"));
    }
    if (!seen.insert(token.text).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("special token ", Shown(token.text), " occurs twice or is built in"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSize(const Model& model) {
  constexpr std::size_t kPerToken = 32;  // at most, beside its bytes
  std::size_t size = 0;
  for (const Piece& piece : model.pieces) size += kPerToken + piece.bytes.size();
  for (const SpecialToken& token : model.special_tokens) size += kPerToken + token.text.size();
  if (size <= kMaxModelSize) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the vocabulary takes some ", size,
                                                 " bytes, more than the ", kMaxModelSize,
                                                 " that a model may have; lower its size"));
}

}  // namespace

void SetScores(ScoreKind kind, Model* model) {
  if (kind == ScoresOf(*model)) return;
  model->whole_scores.clear();
  if (kind == ScoreKind::kLog) return;
  std::int64_t total = 0;
  for (const Piece& piece : model->pieces) total += piece.count;
  model->whole_scores.reserve(model->pieces.size());
  for (const Piece& piece : model->pieces) {
    model->whole_scores.push_back(WholeScore(piece.count, total));
  }
}

const char* ControlTokenText(TokenId id) { return kControlTokenTexts[static_cast<size_t>(id)]; }

void AddReservedTokens(std::int64_t multiple, Model* model) {
  std::set<std::string> taken;
  for (const SpecialToken& token : model->special_tokens) taken.insert(token.text);
  for (int i = 0; VocabSize(*model) % multiple != 0; ++i) {
    std::string text = absl::StrCat("<reserved_", i, ">");
    if (!taken.contains(text)) model->special_tokens.push_back({std::move(text), true});
  }
}

void AddSpecialToken(const std::string& text, Model* model) {
  for (SpecialToken& token : model->special_tokens) {
    if (token.reserved) {
      token = {text, false};
      return;
    }
  }
  model->special_tokens.push_back({text, false});
}

absl::Status ValidateModel(const Model& model) {
  if (absl::Status status = CheckSize(model); !status.ok()) return status;
  if (absl::Status status = CheckPieces(model); !status.ok()) return status;
  if (absl::Status status = CheckScores(model); !status.ok()) return status;
  return CheckSpecialTokens(model);
}

}  // namespace bytepiece::inline v0
