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

}  // namespace bytepiece
