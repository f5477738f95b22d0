// SPDX-License-Identifier: Apache-2.0
#include "tests/support/unigram.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace bytepiece {

Unigram::Unigram(std::vector<ScoredPiece> pieces) : pieces_(std::move(pieces)) {
  std::map<std::string_view, std::int32_t> sorted;
  for (const ScoredPiece& piece : pieces_) {
    sorted[piece.bytes] = static_cast<std::int32_t>(scores_.size());
    scores_.push_back(piece.score);
    max_length_ = std::max(max_length_, piece.bytes.size());
  }
  std::vector<std::string_view> keys;
  std::vector<std::int32_t> values;
  for (const auto& [key, value] : sorted) {
    keys.push_back(key);
    values.push_back(value);
  }
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys, values);
  if (!automaton.ok()) throw std::runtime_error(automaton.status().ToString());
  automaton_ = *std::move(automaton);
}

Segmenter Unigram::MakeSegmenter() const {
  std::vector<std::string_view> keys;
  for (const ScoredPiece& piece : pieces_) keys.push_back(piece.bytes);
  return Segmenter::Create(PieceTable(keys), {scores_.begin(), scores_.end()}).value();
}

Unigram RandomUnigram(std::string_view alphabet, std::size_t extra, bool many_ties,
                      RandomText* random) {
  std::set<std::string> texts;
  for (const char c : alphabet) texts.insert(std::string(1, c));
  for (std::size_t i = 0; i < extra; ++i) {
    texts.insert(random->Over(alphabet, 2 + random->Below(4)));
  }
  std::vector<ScoredPiece> pieces;
  for (const std::string& text : texts) {
    const double score = many_ties ? -1 - 0.5 * static_cast<double>(random->Below(7))
                                   : -0.1 - static_cast<double>(random->Below(1000003)) / 123457;
    pieces.push_back({text, score});
  }
  return Unigram(std::move(pieces));
}

std::vector<ScoredPiece> WithAllBytes(std::vector<ScoredPiece> pieces) {
  std::set<std::string> present;
  for (const ScoredPiece& piece : pieces) present.insert(piece.bytes);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    if (!present.contains(text)) pieces.push_back({text, -20.0 - byte % 3});
  }
  return pieces;
}

std::vector<ScoredPiece> PiecesOfAnyBytes(RandomText* random) {
  std::set<std::string> distinct;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = random->ValidUtf8(40);
    distinct.insert(text.substr(random->Below(20), 1 + random->Below(20)));
    distinct.insert(random->Bytes(1 + random->Below(2)));
  }
  std::vector<ScoredPiece> pieces;
  for (const std::string& piece : distinct) {
    pieces.push_back({piece, -5 - static_cast<double>(random->Below(2000)) / 271});
  }
  return pieces;
}

}  // namespace bytepiece
